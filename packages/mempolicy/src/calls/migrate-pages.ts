// migrate_pages: all pages of a process that lie on some nodes go to others; and the same for a cpuset
// whose nodes change.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { GFP, type Mm, Nodemask } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import { remapNode } from '../policy/node-sets.ts';
import { readNodemask } from '../policy/new-policy.ts';
import { MPOL_MF_MOVE, MPOL_MF_MOVE_ALL, type NodemaskArgument } from '../uapi.ts';
import { moveQueued, queuePages } from './misplaced-pages.ts';

/** What migrate_pages can refuse with. */
export type MigrateErrno = 'EINVAL' | 'EFAULT' | 'ESRCH' | 'EPERM';

/** What migrate_pages is asked for. */
export interface MigrateRequest {
  /** The process, or why it cannot be had: it does not exist, or may not be read. */
  readonly target: PolicyHolder | Refusal<'ESRCH' | 'EPERM'>;
  readonly maxnode: number;
  readonly oldNodes: NodemaskArgument;
  readonly newNodes: NodemaskArgument;
}

/** Moves pages and returns how many could not be. @see mm/mempolicy.c, kernel_migrate_pages(), v6.12 */
export function migratePages(
  holder: PolicyHolder,
  { target, maxnode, oldNodes, newNodes }: MigrateRequest,
): number | Refusal<MigrateErrno> {
  const from = readNodemask(holder.numa, oldNodes, maxnode);
  if (isRefusal(from)) return from;
  const to = readNodemask(holder.numa, newNodes, maxnode);
  if (isRefusal(to)) return to;
  if (isRefusal(target)) return target;
  if (!to.isSubsetOf(target.mems) && !holder.hasCapSysNice) {
    return refuse('EPERM', "a node outside the target's cpuset needs CAP_SYS_NICE");
  }
  const allowed = to.and(holder.mems);
  if (allowed.count === 0) return refuse('EINVAL', 'no new node is allowed');
  if (target.mm === null) return refuse('EINVAL', 'a kernel thread has no memory to move');
  const flags = holder.hasCapSysNice ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE;
  return migrateMm(target.mm, { from, to: allowed, flags, mems: holder.mems });
}

/** Which pages go where. */
export interface MigrateMmRequest {
  readonly from: Nodemask;
  readonly to: Nodemask;
  /** MPOL_MF_MOVE or MPOL_MF_MOVE_ALL. */
  readonly flags: number;
  /** The nodes that whoever moves may allocate on; null for all. */
  readonly mems: Nodemask | null;
}

/**
 * Moves the pages of an address space so that they keep their place in the order of the nodes; returns
 * how many could not be moved. @see mm/mempolicy.c, do_migrate_pages(), v6.12
 */
export function migrateMm(mm: Mm, request: MigrateMmRequest): number {
  let sources = request.from;
  let failed = 0;
  for (;;) {
    const step = nextStep(request, sources);
    if (step === null) return failed;
    sources = Nodemask.of(sources.members.filter((node) => node !== step.source));
    failed += migrateNode(mm, step.source, step.target, request);
  }
}

/** A node to empty now: one whose target is not waiting to be emptied itself, if there is one. */
function nextStep(
  { from, to }: MigrateMmRequest,
  sources: Nodemask,
): { source: number; target: number } | null {
  let step: { source: number; target: number } | null = null;
  for (const source of sources.members) {
    if (from.count !== to.count && to.has(source)) continue;
    const target = remapNode(source, from, to);
    if (source === target) continue;
    step = { source, target };
    if (!sources.has(target)) break;
  }
  return step;
}

/** @see mm/mempolicy.c, migrate_to_node(), v6.12 */
function migrateNode(
  mm: Mm,
  source: number,
  target: number,
  { flags, mems }: MigrateMmRequest,
): number {
  const queue = queuePages(mm, {
    start: 0,
    end: mm.taskSize,
    nodes: Nodemask.of([source]),
    isInverted: false,
    flags,
  });
  const { zones } = mm.memory;
  const failed = moveQueued(mm, queue, (_index, pages) =>
    zones.take([target], null, mems, pages, GFP.THISNODE),
  );
  return failed + queue.failedCount;
}
