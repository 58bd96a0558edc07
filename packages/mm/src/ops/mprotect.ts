// mprotect and mlock: the flags of a range of mappings change, which cuts and joins them.
import { refuse, type Refusal } from '@forkless/errors';
import { isPageAligned, PAGE_SIZE, pageAlign } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { PROT, VM } from '../uapi.ts';
import { modifyVma } from '../vma/merge.ts';
import type { Vma } from '../vma/vma.ts';
import { populateRange } from './populate.ts';
import { writeProtectRange } from './zap.ts';

const ACCESS = VM.READ | VM.WRITE | VM.EXEC;

/**
 * Changes the protection of [start, start + length). EINVAL for an unaligned start, ENOMEM at the first
 * hole (what lies before it is changed) and for too many mappings.
 *
 * @see mm/mprotect.c, do_mprotect_pkey(), v6.12
 */
export function mprotect(
  mm: Mm,
  start: number,
  length: number,
  prot: number,
): 0 | Refusal<'EINVAL' | 'ENOMEM'> {
  if (!isPageAligned(start)) return refuse('EINVAL', 'the address is not page aligned');
  if (prot & ~(PROT.READ | PROT.WRITE | PROT.EXEC)) return refuse('EINVAL', 'unknown protection');
  const end = start + pageAlign(length);
  return changeFlags(
    mm,
    start,
    end,
    (vma) => protectionFlags(vma, prot),
    (from, to) => {
      if ((prot & PROT.WRITE) === 0) writeProtectRange(mm, from, to);
    },
  );
}

/** @see mm/mprotect.c, mprotect_fixup(), v6.12 */
function protectionFlags(vma: Vma, prot: number): number {
  const flags = (vma.flags & ~ACCESS) | prot;
  if (flags & VM.WRITE) {
    const counted = VM.ACCOUNT | VM.WRITE | VM.SHARED | VM.NORESERVE;
    return vma.flags & counted ? flags : flags | VM.ACCOUNT;
  }
  const isUntouched = vma.object === null && vma.anonVma === null;
  return isUntouched ? flags & ~VM.ACCOUNT : flags;
}

/** Locks a range and brings its pages in. ENOMEM for holes. @see mm/mlock.c, do_mlock(), v6.12 */
export function mlock(
  mm: Mm,
  address: number,
  length: number,
  placer: Placer,
): 0 | Refusal<'EINVAL' | 'ENOMEM'> {
  const start = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
  const end = start + pageAlign(length + (address - start));
  const result = changeFlags(mm, start, end, (vma) => vma.flags | VM.LOCKED);
  if (result === 0) populateRange(mm, start, end, placer);
  return result;
}

/** Unlocks a range. @see mm/mlock.c, munlock(), v6.12 */
export function munlock(mm: Mm, address: number, length: number): 0 | Refusal<'EINVAL' | 'ENOMEM'> {
  const start = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
  const end = start + pageAlign(length + (address - start));
  return changeFlags(mm, start, end, (vma) => vma.flags & ~VM.LOCKED);
}

/** Changes the flags of every mapping in a range that has no hole, in order. */
function changeFlags(
  mm: Mm,
  start: number,
  end: number,
  flagsFor: (vma: Vma) => number,
  then: (from: number, to: number) => void = () => undefined,
): 0 | Refusal<'EINVAL' | 'ENOMEM'> {
  if (end > mm.taskSize) return refuse('ENOMEM', 'the range leaves user space');
  for (let at = start; at < end;) {
    const vma = mm.vmas.lookup(at);
    if (vma === undefined) return refuse('ENOMEM', 'nothing is mapped in a part of the range');
    const to = Math.min(end, vma.end);
    const flags = flagsFor(vma);
    if (flags !== vma.flags && modifyVma(mm, vma, at, to, { flags }) === null) {
      return refuse('ENOMEM', 'too many mappings');
    }
    then(at, to);
    at = to;
  }
  return 0;
}
