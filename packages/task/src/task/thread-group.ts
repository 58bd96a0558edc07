// What the threads of a process have in common: its limits, its group and session, its terminal, its
// pending signals, and how it is stopping or ending. The kernel's name for it is signal_struct.

import type { CpuTime } from '../attributes/cpu-times.ts';
import type { PosixTimer } from '../attributes/posix-timers.ts';
import type { Pid } from '@forkless/pid';
import { Pending } from '../signal/pending.ts';
import type { Rlimit } from '../uapi/resources.ts';
import type { Tty } from '../jobs/tty.ts';
import type { Task } from './task.ts';

/** A process: one or more threads. @see include/linux/sched/signal.h, struct signal_struct */
export class ThreadGroup {
  /** The first thread, or the one that took its place in exec. */
  leader!: Task;
  /** Threads that are not released, the leader first. */
  readonly threads: Task[] = [];
  /** Threads that have not begun to exit. */
  live = 0;
  readonly rlimits: Rlimit[];
  readonly pending = new Pending();
  /** The process group and the session. */
  pgrp!: Pid;
  session!: Pid;
  isSessionLeader = false;
  tty: Tty | undefined;

  /** Set once the whole process is told to exit; then `exitCode` is what its parent reads. */
  exiting = false;
  exitCode = 0;
  /** The thread that is in exec and waits for the others to go. */
  execThread: Task | undefined;

  /** All threads have stopped. */
  stopped = false;
  /** Threads that still have to stop. */
  stopCount = 0;
  /** A stop or a continuation that the parent has not been told of yet. */
  notice: 'stopped' | 'continued' | undefined;
  /** A continuation that nobody has waited for yet. */
  continued = false;

  /** A namespace's init: signals it has no handler for do not reach it. */
  unkillable = false;
  isChildSubreaper = false;
  /** Whether an ancestor is a subreaper, so that a search for one is worth it. */
  hasChildSubreaper = false;
  /** CLONE_AUTOREAP: nobody has to wait for it. */
  autoreap = false;
  oomScoreAdj = 0;
  /** Interval timers that run: real, virtual, profiling. */
  readonly timersArmed: [boolean, boolean, boolean] = [false, false, false];

  /** Timers of timer_create by number, and the next number. */
  posixTimers: Map<number, PosixTimer> | undefined;
  nextTimer = 0;
  /** How long its threads have run, and the children it has waited for. */
  cpuTime: CpuTime | undefined;
  childCpuTime: CpuTime | undefined;

  constructor(rlimits: readonly Rlimit[]) {
    this.rlimits = [...rlimits];
  }

  /** No timer runs any more. */
  disarmTimers(): void {
    for (let timer = 0; timer < this.timersArmed.length; timer++) this.timersArmed[timer] = false;
  }

  /** Whether it has one thread only. */
  get isSingle(): boolean {
    return this.threads.length <= 1;
  }
}
