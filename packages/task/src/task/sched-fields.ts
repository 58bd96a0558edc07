// The scheduling fields of a task: what fork copies and what SCHED_RESET_ON_FORK resets.

/** Policies. @see include/uapi/linux/sched.h */
export const SCHED = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_IDLE: 5,
} as const;

/** Or'ed into a policy: children start as ordinary ones. */
export const SCHED_RESET_ON_FORK = 0x40000000;

/** Scheduling fields. */
export interface SchedFields {
  readonly policy: number;
  /** 1–99 for the real-time policies, 0 for the others. */
  readonly priority: number;
  /** −20…19. */
  readonly nice: number;
  readonly resetOnFork: boolean;
  /** Allowed CPUs, bit by number. */
  readonly affinity: bigint;
  /** The CPUs were set by a call, so the task keeps the mask that was asked for. */
  readonly hasUserCpus?: boolean;
}

/** Whether a policy is a real-time one. */
export function isRealtime(policy: number): boolean {
  return policy === SCHED.SCHED_FIFO || policy === SCHED.SCHED_RR;
}

/** What a child starts with. @see kernel/sched/core.c, sched_fork(), v6.12 */
export function schedFork(parent: SchedFields): SchedFields {
  if (!parent.resetOnFork) return parent;
  const realtime = isRealtime(parent.policy);
  return {
    ...parent,
    policy: realtime ? SCHED.SCHED_OTHER : parent.policy,
    priority: 0,
    nice: realtime || parent.nice < 0 ? 0 : parent.nice,
    resetOnFork: false,
  };
}
