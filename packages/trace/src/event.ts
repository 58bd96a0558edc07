// The one language into which every recording is read: a few kinds of plain events, in the order of the
// log. What a recorder cannot see is undefined, never guessed.

/** The largest pid a kernel hands out, plus one. @see include/linux/threads.h, PID_MAX_LIMIT, v6.12 */
export const PID_MAX_LIMIT = 1 << 22;

interface TimedEvent {
  /** Nanoseconds since the first event of the recording, a whole number. */
  readonly timeNs: number;
  /** The task on whose behalf it happened, by the pid that the recorder saw. */
  readonly tid: number;
}

/** The first line of a task; strace prints it before the call that made the task has returned. */
export interface SeenEvent extends TimedEvent {
  readonly kind: 'seen';
}

/** How a task was made, as far as the recorder tells; `newtask` and `fork-event` are tracepoints. */
export type CreateApi = 'fork' | 'vfork' | 'clone' | 'clone3' | 'newtask' | 'fork-event';

/** Task `tid` made task `child`. */
export interface CreateEvent extends TimedEvent {
  readonly kind: 'create';
  readonly child: number;
  /** When the call began; no child can be older. */
  readonly calledNs: number;
  /** CLONE_THREAD; undefined where the recorder does not tell the flags. */
  readonly isThread: boolean | undefined;
  readonly api: CreateApi;
  /** As the recorder prints them: names of strace, hexadecimal of a tracepoint, `vfork()`, or empty. */
  readonly flags: string;
}

/** A call that would have made a task and did not: it failed, or the kernel restarts it after a signal. */
export interface CreateRefusedEvent extends TimedEvent {
  readonly kind: 'create-refused';
  readonly api: CreateApi;
  readonly errno: string;
}

/** Task `tid` now runs `path`; `oldTid` differs where a thread beside the leader called exec. */
export interface ExecEvent extends TimedEvent {
  readonly kind: 'exec';
  readonly oldTid: number;
  readonly path: string;
}

/** An exec that failed, such as one step of a search through PATH. */
export interface ExecRefusedEvent extends TimedEvent {
  readonly kind: 'exec-refused';
  readonly path: string;
  readonly errno: string;
}

/** Task `tid` ended; tracepoints tell neither code nor signal, strace does not tell `isGroupDead`. */
export interface ExitEvent extends TimedEvent {
  readonly kind: 'exit';
  readonly code?: number;
  readonly signal?: string;
  /** True for the last task of its thread group. */
  readonly isGroupDead?: boolean;
}

/** The kernel state of the parent at the moment at which it makes a task (bpftrace `forkstate`). */
export interface ForkStateEvent extends TimedEvent {
  readonly kind: 'fork-state';
  readonly state: ForkState;
}

/** One row of `forkstate`; pages are of 4096 bytes. */
export interface ForkState {
  /** Thread group of the parent. */
  readonly parentTgid: number;
  readonly child: number;
  /** Hexadecimal clone flags. */
  readonly flags: string;
  readonly isThread: boolean;
  /** Size of the descriptor table. */
  readonly maxFds: number;
  readonly nextFd: number;
  /** Open descriptors among the first 256. */
  readonly openFds: number;
  readonly vmas: number;
  readonly totalVmPages: number;
  readonly rssFilePages: number;
  readonly rssAnonPages: number;
  readonly threads: number;
  /** Tasks that share the descriptor table. */
  readonly filesRefs: number;
  readonly cpu: number;
  readonly comm: string;
}

/** Anything that a recording tells. */
export type TraceEvent =
  | SeenEvent
  | CreateEvent
  | CreateRefusedEvent
  | ExecEvent
  | ExecRefusedEvent
  | ExitEvent
  | ForkStateEvent;
