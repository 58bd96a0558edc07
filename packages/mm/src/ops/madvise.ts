// madvise: what of it changes mappings (fork, huge pages, core dumps) and pages (dropped, made at once).
//
// MODEL: advice about reclaim and read-ahead (FREE, COLD, PAGEOUT, WILLNEED, …) is accepted and does
// nothing, as there is neither reclaim nor disk.
import { refuse, type Refusal } from '@forkless/errors';
import { isPageAligned, pageAlign } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { MADV, VM } from '../uapi.ts';
import { modifyVma } from '../vma/merge.ts';
import type { Vma } from '../vma/vma.ts';
import { populatePages } from './populate.ts';
import { zapRange } from './zap.ts';

/** What madvise can refuse with. */
export type MadviseErrno = 'EINVAL' | 'ENOMEM' | 'EFAULT';

type Change = (vma: Vma) => number | null;

/** The new flags of a mapping under an advice; null refuses. @see mm/madvise.c, madvise_vma_behavior(), v6.12 */
const flagChanges: Readonly<Record<number, Change>> = {
  [MADV.DONTFORK]: ({ flags }) => flags | VM.DONTCOPY,
  [MADV.DOFORK]: (vma) => (vma.has(VM.IO) ? null : vma.flags & ~VM.DONTCOPY),
  [MADV.WIPEONFORK]: (vma) =>
    vma.object !== null || vma.has(VM.SHARED) ? null : vma.flags | VM.WIPEONFORK,
  [MADV.KEEPONFORK]: ({ flags }) => flags & ~VM.WIPEONFORK,
  [MADV.DONTDUMP]: ({ flags }) => flags | VM.DONTDUMP,
  [MADV.DODUMP]: ({ flags }) => flags & ~VM.DONTDUMP,
  [MADV.HUGEPAGE]: ({ flags }) => (flags & ~VM.NOHUGEPAGE) | VM.HUGEPAGE,
  [MADV.NOHUGEPAGE]: ({ flags }) => (flags & ~VM.HUGEPAGE) | VM.NOHUGEPAGE,
};

const known: ReadonlySet<number> = new Set(Object.values(MADV));

/**
 * Advises about [start, start + length). EINVAL for an unaligned start or unknown advice, ENOMEM when
 * a part is not mapped (the rest is done all the same).
 */
export function madvise(
  mm: Mm,
  start: number,
  length: number,
  advice: number,
  placer: Placer,
): 0 | Refusal<MadviseErrno> {
  if (!known.has(advice)) return refuse('EINVAL', 'unknown advice');
  if (!isPageAligned(start)) return refuse('EINVAL', 'the address is not page aligned');
  const end = start + pageAlign(length);
  let reached = start;
  for (const vma of mm.vmas.within(start, end)) {
    const from = Math.max(start, vma.start);
    const to = Math.min(end, vma.end);
    const isHole = from > reached;
    if (isHole && (advice === MADV.POPULATE_READ || advice === MADV.POPULATE_WRITE)) break;
    const refusal = adviseVma(mm, from, to, advice, placer);
    if (refusal !== null) return refusal;
    if (!isHole) reached = to;
  }
  return reached < end ? refuse('ENOMEM', 'nothing is mapped in a part of the range') : 0;
}

function adviseVma(
  mm: Mm,
  from: number,
  to: number,
  advice: number,
  placer: Placer,
): Refusal<MadviseErrno> | null {
  const vma = mm.vmas.lookup(from)!;
  const change = flagChanges[advice];
  if (change !== undefined) return adviseFlags(mm, vma, from, to, change);
  switch (advice) {
    case MADV.DONTNEED:
      if (vma.has(VM.LOCKED | VM.PFNMAP)) return refuse('EINVAL', 'the mapping is locked');
      zapRange(mm, from, to);
      return null;
    case MADV.REMOVE:
      return punchHole(mm, vma, from, to);
    case MADV.POPULATE_READ:
      return populate(mm, from, to, 'read', placer);
    case MADV.POPULATE_WRITE:
      return populate(mm, from, to, 'write', placer);
    default:
      return null;
  }
}

function adviseFlags(
  mm: Mm,
  vma: Vma,
  from: number,
  to: number,
  change: Change,
): Refusal<MadviseErrno> | null {
  const flags = change(vma);
  if (flags === null) return refuse('EINVAL', 'the mapping is of the wrong kind');
  if (flags === vma.flags) return null;
  return modifyVma(mm, vma, from, to, { flags }) === null
    ? refuse('ENOMEM', 'too many mappings')
    : null;
}

function punchHole(mm: Mm, vma: Vma, from: number, to: number): Refusal<MadviseErrno> | null {
  const { object } = vma;
  if (object === null || vma.isPrivate) return refuse('EINVAL', 'not a shared mapping of a file');
  zapRange(mm, from, to);
  mm.memory.punchHole(object, vma.indexOf(from), vma.indexOf(to));
  return null;
}

function populate(
  mm: Mm,
  from: number,
  to: number,
  access: 'read' | 'write',
  placer: Placer,
): Refusal<MadviseErrno> | null {
  const { result } = populatePages(mm, from, to, access, placer);
  if (result === 'ok') return null;
  return result === 'SIGSEGV'
    ? refuse('EINVAL', 'the protection forbids it')
    : refuse('EFAULT', 'a page could not be made');
}
