// What differs between kernel versions in how a pid is allocated. A new version, or a proposal, is a
// new row.

/** The switches of a kernel's `alloc_pid` and `free_pid`. */
export interface PidKernel {
  readonly name: string;
  /**
   * Trips through pidmap_lock to allocate: one a namespace level and one to publish, or one for all.
   * @see kernel/pid.c, alloc_pid(), v6.18 and v7.0
   */
  readonly allocTrips: 'each-level-and-publish' | 'one';
  /** pidfs keeps its pids in a tree that is changed under pidmap_lock, or elsewhere. */
  readonly pidfs: 'under-lock' | 'after-unlock';
  /**
   * Whether interrupts are off while pidmap_lock is held.
   * @see kernel/pid.c, v6.12; commit of 2025-01 for v6.15 ("pid: drop irq disablement around pidmap_lock")
   */
  readonly irqsOff: boolean;
  /** Whether a task's pids are freed while its end holds tasklist_lock. @see kernel/exit.c, release_task() */
  readonly freesUnderTasklist: boolean;
  /** Whether a failure in a namespace that never had a pid closes it for good. */
  readonly closesOnFirstFailure: boolean;
}

/** The kernels that are known. */
export type PidKernelName = '6.12' | '6.18' | '7.0';

/**
 * The known kernels by name.
 * @see kernel/pid.c, v6.12 and v6.18; the one-trip change was merged for v7.0 (seed thread of 2025-11-23)
 */
export const PID_KERNELS: Readonly<Record<PidKernelName, PidKernel>> = {
  '6.12': {
    name: '6.12',
    allocTrips: 'each-level-and-publish',
    pidfs: 'under-lock',
    irqsOff: true,
    freesUnderTasklist: true,
    closesOnFirstFailure: true,
  },
  '6.18': {
    name: '6.18',
    allocTrips: 'each-level-and-publish',
    pidfs: 'under-lock',
    irqsOff: false,
    freesUnderTasklist: false,
    closesOnFirstFailure: true,
  },
  '7.0': {
    name: '7.0',
    allocTrips: 'one',
    pidfs: 'after-unlock',
    irqsOff: false,
    freesUnderTasklist: false,
    closesOnFirstFailure: false,
  },
};
