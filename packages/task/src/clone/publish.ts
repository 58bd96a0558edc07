// A task becomes visible: it gets its place among threads, processes, groups and sessions, and from then
// on can be signalled, waited for and found.

import { shareSemUndo } from '../ipc/semaphores.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { attachPid } from '../task/pid-links.ts';
import { schedFork } from '../task/sched-fields.ts';
import { Task } from '../task/task.ts';
import { CLONE_FLAGS, CLONE_HIGH } from '../uapi/clone-flags.ts';
import { hasFlag, hasHighFlag, type KernelCloneArgs } from './clone-args.ts';
import type { CloneParts } from './clone-call.ts';

const {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_PARENT,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} = CLONE_FLAGS;

/** Makes the task of its parts and publishes it. @see kernel/fork.c, copy_process(), v6.18 */
export function publishTask(
  kernel: Kernel,
  caller: Task,
  args: KernelCloneArgs,
  parts: CloneParts,
): Task {
  const { pid, group: process, sighand, mm, files, fs, cred, nsproxy, cgroups } = parts;
  const child = new Task({
    pid,
    group: process,
    sighand,
    mm,
    files,
    fs,
    cred,
    nsproxy,
    cgroups,
    sched: schedFork(caller.sched),
    comm: caller.comm,
  });
  inherit(child, caller, args);
  joinKernel(kernel, child, caller, args);
  return child;
}

/** A task with all its parts gets its place in the tables, and is seen from now on. */
export function joinKernel(kernel: Kernel, child: Task, caller: Task, args: KernelCloneArgs): void {
  setParent(child, caller, args);
  const { group } = child;
  if (hasFlag(args, CLONE_THREAD)) {
    child.exitSignal = -1;
    if (caller.stopPending) child.stopPending = ++group.stopCount > 0;
  } else {
    lead(kernel, child, caller);
  }
  group.threads.push(child);
  group.live++;
  attachPid(kernel, child, 'pid', child.pid);
  kernel.tasks.add(child);
  child.cgroups.unified.taskCount++;
  child.cgroups.pids.taskCount++;
}

function inherit(child: Task, caller: Task, args: KernelCloneArgs): void {
  child.blocked.copy(caller.blocked);
  child.nprocExceeded = caller.nprocExceeded;
  child.noNewPrivs = caller.noNewPrivs || hasHighFlag(args, CLONE_HIGH.CLONE_NNP);
  child.personality = caller.personality;
  child.timerSlackNs = caller.timerSlackNs;
  const sharesStackOnly = hasFlag(args, CLONE_VM) && !hasFlag(args, CLONE_VFORK);
  child.altStack = caller.altStack && !sharesStackOnly;
  child.ioContext = caller.ioContext;
  child.mempolicy = caller.mempolicy;
  if (hasFlag(args, CLONE_SYSVSEM)) shareSemUndo(caller, child);
  child.node = caller.node;
  child.selfExecId = caller.selfExecId;
  if (hasFlag(args, CLONE_CHILD_CLEARTID)) child.clearChildTid = args.childTid;
  if (hasFlag(args, CLONE_CHILD_SETTID) && args.childTid !== null) tellChild(child, args);
}

function tellChild(child: Task, { childTid }: KernelCloneArgs): void {
  if (childTid !== null && childTid !== 'unmapped') {
    childTid.value = child.pid.numbers[child.pid.level]!;
  }
}

function setParent(child: Task, caller: Task, args: KernelCloneArgs): void {
  const isSibling = hasFlag(args, CLONE_PARENT) || hasFlag(args, CLONE_THREAD);
  child.parent = isSibling ? caller.parent : caller;
  child.parentExecId = isSibling ? caller.parentExecId : caller.selfExecId;
  child.exitSignal = hasFlag(args, CLONE_PARENT) ? caller.group.leader.exitSignal : args.exitSignal;
}

function lead(kernel: Kernel, child: Task, caller: Task): void {
  const { group, pid } = child;
  group.leader = child;
  group.pgrp = caller.group.pgrp;
  group.session = caller.group.session;
  group.tty = caller.group.tty;
  group.unkillable = pid.numbers[pid.level] === 1;
  child.parent.children.push(child);
  attachPid(kernel, child, 'tgid', pid);
  attachPid(kernel, child, 'pgid', group.pgrp);
  attachPid(kernel, child, 'sid', group.session);
}
