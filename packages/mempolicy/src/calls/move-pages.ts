// move_pages: single pages of a process to the nodes given for them, or a question where they are.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { GFP, type Mm, PTE } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import { MPOL_MF_MOVE, MPOL_MF_MOVE_ALL } from '../uapi.ts';
import { isLikelyShared } from './misplaced-pages.ts';

/** What move_pages can refuse with. */
export type MovePagesErrno = 'EINVAL' | 'EPERM' | 'ESRCH' | 'ENODEV' | 'EACCES';

/** The status of one page: its node, or why it has none. */
export type PageStatus = number | 'ENOENT' | 'EFAULT' | 'EACCES' | null;

/** What move_pages is asked for. */
export interface MovePagesRequest {
  /** The process, or why it cannot be had. */
  readonly target: PolicyHolder | Refusal<'ESRCH' | 'EPERM'>;
  readonly addresses: readonly number[];
  /** A node for each address; null asks where they are. */
  readonly nodes: readonly number[] | null;
  /** MPOL_MF_MOVE, MPOL_MF_MOVE_ALL. */
  readonly flags: number;
}

/** Statuses (null where nothing was written), and how many pages could not be moved, or a refusal. */
export interface MovePagesAnswer {
  readonly result: number | Refusal<MovePagesErrno>;
  readonly status: readonly PageStatus[];
}

/** Moves pages, or tells where they are. @see mm/migrate.c, kernel_move_pages(), v6.12 */
export function movePages(holder: PolicyHolder, request: MovePagesRequest): MovePagesAnswer {
  const { addresses, nodes, flags, target } = request;
  const status: PageStatus[] = addresses.map(() => null);
  const refusal = refuseMove(holder, request);
  if (refusal !== null || isRefusal(target)) {
    return { result: refusal ?? (target as Refusal<'ESRCH' | 'EPERM'>), status };
  }
  const mm = target.mm;
  if (mm === null) return { result: refuse('EINVAL', 'a kernel thread has no memory'), status };
  if (nodes === null) {
    return { result: 0, status: addresses.map((address) => statusOf(mm, address)) };
  }
  const movesAll = (flags & MPOL_MF_MOVE_ALL) !== 0;
  for (let i = 0; i < addresses.length; i++) {
    const node = nodes[i]!;
    const bad = refuseNode(holder, target, node);
    if (bad !== null) return { result: bad, status };
    const moved = moveOne(mm, addresses[i]!, node, movesAll, holder);
    if (moved === 'full') return { result: addresses.length - i, status };
    status[i] = moved;
  }
  return { result: 0, status };
}

function refuseMove(
  holder: PolicyHolder,
  { flags }: MovePagesRequest,
): Refusal<'EINVAL' | 'EPERM'> | null {
  if (flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) return refuse('EINVAL', 'unknown flags');
  return flags & MPOL_MF_MOVE_ALL && !holder.hasCapSysNice
    ? refuse('EPERM', 'MOVE_ALL needs CAP_SYS_NICE')
    : null;
}

/** @see mm/migrate.c, do_pages_move(), v6.12 */
function refuseNode(
  holder: PolicyHolder,
  target: PolicyHolder,
  node: number,
): Refusal<'ENODEV' | 'EACCES'> | null {
  if (!holder.numa.memory.memoryNodes.has(node)) return refuse('ENODEV', 'a node without memory');
  return target.mems.has(node) ? null : refuse('EACCES', "a node outside the target's cpuset");
}

/** Where the page at an address is. @see mm/migrate.c, do_pages_stat_array(), v6.12 */
export function statusOf(mm: Mm, address: number): PageStatus {
  const vma = mm.vmas.lookup(address);
  if (vma === undefined) return 'EFAULT';
  const { entry } = entryAt(mm, address);
  if (entry === 0) return 'ENOENT';
  return entry & PTE.SPECIAL ? 'EFAULT' : mm.memory.pages.node(entry & PTE.VALUE);
}

/** @see mm/migrate.c, add_folio_for_migration(), v6.12 */
function moveOne(
  mm: Mm,
  address: number,
  node: number,
  movesAll: boolean,
  holder: PolicyHolder,
): PageStatus | 'full' {
  const vma = mm.vmas.lookup(address);
  if (vma === undefined || !vma.isMigratable) return 'EFAULT';
  const { entry, size } = entryAt(mm, address);
  if (entry === 0) return 'ENOENT';
  if (entry & PTE.SPECIAL) return 'EFAULT';
  const { memory } = mm;
  const handle = entry & PTE.VALUE;
  if (memory.pages.node(handle) === node) return node;
  if (!movesAll && isLikelyShared(memory.pages, handle, size)) return 'EACCES';
  const pages = memory.pages.size(handle);
  if (memory.zones.take([node], null, holder.mems, pages, GFP.THISNODE) < 0) return 'full';
  memory.movePage(handle, node);
  return node;
}

function entryAt(mm: Mm, address: number): { entry: number; size: number } {
  const page = Math.floor(address / 4096);
  const region = mm.pageTable.regionEntry(Math.floor(page / 512));
  return region & PTE.HUGE
    ? { entry: region, size: 512 }
    : { entry: mm.pageTable.entry(page), size: 1 };
}
