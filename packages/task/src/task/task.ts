// One schedulable thing: a thread, with pointers to everything it shares or has for itself. What it
// does is elsewhere: clone/, signal/, exit/, wait/, exec/.

import { pidNumberIn, type Pid, type PidNamespace } from '@forkless/pid';
import type { CpuTime } from '../attributes/cpu-times.ts';
import type { Cgroups } from '../cgroup/cgroup.ts';
import type { Cred } from '../cred/cred.ts';
import type { SemUndo } from '../ipc/semaphores.ts';
import type { Mm } from '../mm/mm.ts';
import type { NsProxy } from '../ns/nsproxy.ts';
import { Pending } from '../signal/pending.ts';
import type { Sighand } from '../signal/sighand.ts';
import { SigSet } from '../signal/sigset.ts';
import type { FilesStruct, FsStruct } from './parts.ts';
import type { SchedFields } from './sched-fields.ts';
import type { ThreadGroup } from './thread-group.ts';

/** How far a task's end has come: it lives, waits to be waited for, or is gone. */
export type ExitState = 'none' | 'zombie' | 'dead';

/** A word of user memory that a call may write; `unmapped` and null are addresses that fault. */
export type UserPointer = { value: number } | 'unmapped' | null;

/** What a task is made with. */
export interface TaskParts {
  readonly pid: Pid;
  readonly group: ThreadGroup;
  readonly sighand: Sighand;
  readonly mm: Mm | null;
  readonly files: FilesStruct;
  readonly fs: FsStruct;
  readonly cred: Cred;
  readonly nsproxy: NsProxy;
  readonly cgroups: Cgroups;
  readonly sched: SchedFields;
  readonly comm: string;
}

/** A thread. @see include/linux/sched.h, struct task_struct */
export class Task {
  pid: Pid;
  readonly group: ThreadGroup;
  sighand: Sighand;
  /** Null once it has exited, and for what never had one. */
  mm: Mm | null;
  files: FilesStruct | null;
  fs: FsStruct | null;
  cred: Cred;
  nsproxy: NsProxy;
  cgroups: Cgroups;
  sched: SchedFields;
  comm: string;

  /** Who made it, or who took it over; nobody is traced here, so it is also whom its end is told. */
  parent!: Task;
  /** Processes it is the parent of, in the order waits look at them. */
  readonly children: Task[] = [];

  exitState: ExitState = 'none';
  /** Between the beginning of exit and `exitState`. */
  exiting = false;
  exitCode = 0;
  /** What its parent gets at its end; 0 nothing, −1 a thread that is not the leader. */
  exitSignal = 0;
  /** What it gets when its parent ends; 0 nothing. */
  pdeathSignal = 0;

  readonly pending = new Pending();
  readonly blocked = new SigSet();
  /** Stopped by a signal. */
  stopped = false;
  /** Has still to stop along with its group. */
  stopPending = false;

  /** The child this vfork caller waits for. */
  vforkChild: Task | undefined;
  /** Who waits in vfork for this one. */
  vforkParent: Task | undefined;

  /** Has not run exec since it was made. */
  forkedNoExec = true;
  /** Counts execs, so that a child can tell whether its parent is still the same program. */
  selfExecId = 0;
  parentExecId = 0;
  /** A change of user went over RLIMIT_NPROC; exec will say so. */
  nprocExceeded = false;
  noNewPrivs = false;
  personality = 0;
  timerSlackNs = 50_000;
  altStack = false;
  clearChildTid: UserPointer = null;
  ioContext: { readonly priority: number } | undefined;
  /** What would undo its semaphore operations, as far as it has any. */
  semUndo: SemUndo | undefined;
  /** How long it has run, as far as anybody has told. */
  cpuTime: CpuTime | undefined;
  /** NUMA node of the CPU it runs on, or ran on last. */
  node = 0;
  /** The policy for its memory, if it has set one; what it means is @forkless/mempolicy's. */
  mempolicy: { readonly mode: number; readonly nodes: number } | null = null;

  constructor(parts: TaskParts) {
    this.pid = parts.pid;
    this.group = parts.group;
    this.sighand = parts.sighand;
    this.mm = parts.mm;
    this.files = parts.files;
    this.fs = parts.fs;
    this.cred = parts.cred;
    this.nsproxy = parts.nsproxy;
    this.cgroups = parts.cgroups;
    this.sched = parts.sched;
    this.comm = parts.comm;
  }

  /** Whether it is the leader of its thread group. */
  get isLeader(): boolean {
    return this.exitSignal >= 0;
  }

  /** Whether it can run now: alive, not stopped, not waiting in vfork. */
  get isRunnable(): boolean {
    return !this.exiting && this.exitState === 'none' && !this.stopped && !this.vforkChild;
  }
}

/** The namespace a task's numbers are of: the one its pid was made in. @see task_active_pid_ns() */
export function pidNamespaceOf(task: Task): PidNamespace {
  return task.pid.namespaces[task.pid.level]!;
}

/** A task's number as `viewer` sees it; 0 where it cannot. @see kernel/pid.c, task_pid_nr_ns() */
export function tidSeenBy(task: Task, viewer: Task): number {
  return pidNumberIn(task.pid, pidNamespaceOf(viewer));
}

/** Its process's number as `viewer` sees it; 0 where it cannot. @see kernel/pid.c, task_tgid_nr_ns() */
export function pidSeenBy(task: Task, viewer: Task): number {
  return pidNumberIn(task.group.leader.pid, pidNamespaceOf(viewer));
}
