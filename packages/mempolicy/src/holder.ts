// Whoever has a memory policy: a task, or something in a test that looks like one to the policy calls.
import { type Mm, type Nodemask } from '@forkless/mm';
import type { Numa } from './numa.ts';
import type { Mempolicy } from './policy/mempolicy.ts';
import { rebindMm, rebindPolicy } from './policy/rebind.ts';

/** A task as far as memory policy is concerned. */
export interface PolicyHolder {
  readonly numa: Numa;
  /** Its address space; null for a kernel thread. */
  mm: Mm | null;
  policy: Mempolicy | null;
  /** The node of the last dynamically interleaved page. */
  ilPrev: number;
  /** What is left of that node's weight. */
  ilWeight: number;
  /** The nodes its cpuset allows (mems_allowed). */
  mems: Nodemask;
  /** The CPU it runs on. */
  cpu: number;
  /** Whether it may move what others map and what others' cpusets forbid (CAP_SYS_NICE). */
  hasCapSysNice: boolean;
}

/** What a holder starts with. */
export interface HolderOptions {
  readonly mm?: Mm | null;
  readonly cpu?: number;
  /** All nodes with memory if absent. */
  readonly mems?: Nodemask;
  /** True if absent, as for root. */
  readonly hasCapSysNice?: boolean;
}

/** A holder without a policy. */
export function createHolder(numa: Numa, options: HolderOptions = {}): PolicyHolder {
  return {
    numa,
    mm: options.mm ?? null,
    policy: null,
    ilPrev: 0,
    ilWeight: 0,
    mems: options.mems ?? numa.memory.memoryNodes,
    cpu: options.cpu ?? 0,
    hasCapSysNice: options.hasCapSysNice ?? true,
  };
}

/** The same for the child of fork or clone: policy and counters are copied. @see copy_process(), v6.12 */
export function copyHolder(parent: PolicyHolder, mm: Mm | null): PolicyHolder {
  return { ...parent, mm };
}

/** The node of the CPU a holder runs on (numa_node_id). */
export function localNode(holder: PolicyHolder): number {
  return holder.numa.memory.shape.nodeOfCpu(holder.cpu);
}

/**
 * The cpuset allows other nodes now: the task's policy follows. The policies of its mappings follow with
 * `rebindMm`, once for a process. @see kernel/cgroup/cpuset.c, cpuset_change_task_nodemask(), v6.12
 */
export function changeMems(holder: PolicyHolder, mems: Nodemask): void {
  if (holder.policy !== null) holder.policy = rebindPolicy(holder.policy, mems);
  holder.mems = mems;
}

/** `changeMems` and `rebindMm` together, for a process of one thread. */
export function changeProcessMems(holder: PolicyHolder, mems: Nodemask): void {
  changeMems(holder, mems);
  if (holder.mm !== null) rebindMm(holder.mm, mems);
}
