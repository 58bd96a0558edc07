// execve(2) and execveat(2): the checks, then the point of no return and what lies beyond it, in the
// kernel's order: other threads, descriptors, memory, signals, credentials.

import { isRefusal, type Refusal } from '@forkless/errors';
import { SUID_DUMP_DISABLE, SUID_DUMP_USER, type CredHolder } from '../cred/commit-creds.ts';
import { unshareFiles, type FilesHolder } from '../files/dup-fd.ts';
import { closeOnExec } from '../files/fd-table.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Mm } from '../mm/mm.ts';
import { changeCred, isExecOverTasks } from '../task/change-cred.ts';
import { becomeImage, deThread } from '../task/de-thread.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS } from '../uapi/resources.ts';
import {
  prepareExec,
  type ExecCaller,
  type ExecErrno,
  type ExecPlan,
  type ExecRequest,
} from './binprm.ts';
import { ProgramSpace } from './program.ts';
import { fitsAddressSpace, fitsStack } from './stack-room.ts';

/** What an exec came to: the program runs, the process dies of SIGSEGV, or only a check was asked. */
export type ExecResult = 'running' | 'killed' | 'checked' | Refusal<ExecErrno>;

/** Where the call runs. */
export interface ExecPlace {
  /** NUMA node whose memory new cache entries use; 0 when left out. */
  readonly node?: number;
  /** The random gap below the argument strings, in bytes; none when left out. */
  readonly stackGap?: number;
}

/** Personality flags that a set-id program does not inherit. */
const PER_CLEAR_ON_SETID = 0x0400000 | 0x0040000 | 0x0200000 | 0x0100000;
/** `_STK_LIM`: most stack a set-id program starts with. */
const STACK_LIMIT_SECURE = 8 * 1024 * 1024;

/**
 * execveat(2); execve(2) is the same without `dirfd` and flags. After `killed` the caller gets SIGSEGV
 * instead of running on. A refusal leaves the task as it was. Cost: the walks, the argument runs, the
 * descriptors, the threads.
 *
 * @see fs/exec.c, do_execveat_common(), begin_new_exec(), v6.18
 */
export function execve(
  kernel: Kernel,
  task: Task,
  request: ExecRequest,
  place: ExecPlace = {},
): ExecResult {
  const plan = prepareExec(execCaller(kernel, task, place.node ?? 0), request);
  if (plan === 'checked' || isRefusal(plan)) return plan;
  beginNewExec(kernel, task, plan);
  const { cur } = task.group.rlimits[RLIMITS.RLIMIT_STACK]!;
  const { cur: space } = task.group.rlimits[RLIMITS.RLIMIT_AS]!;
  const fits = fitsStack(plan, cur, place.stackGap ?? 0) && fitsAddressSpace(plan, space, cur);
  return plan.image !== null && fits ? 'running' : 'killed';
}

function execCaller(kernel: Kernel, task: Task, node: number): ExecCaller {
  const { group } = task;
  const fs = task.fs!;
  const inGroup = group.threads.filter((thread) => thread.fs === fs).length;
  return {
    cred: task.cred,
    fs,
    node,
    files: task.files!,
    noNewPrivs: task.noNewPrivs,
    stackLimit: group.rlimits[RLIMITS.RLIMIT_STACK]!.cur,
    sharesFs: fs.users > inGroup,
    isOverNproc: () => isExecOverTasks(kernel, task),
  };
}

/** Past this point there is no way back. */
function beginNewExec(kernel: Kernel, task: Task, plan: ExecPlan): void {
  const { cred, secureExec, clearsPersonality } = plan.cred;
  deThread(kernel, task);
  unshareFiles(task as FilesHolder);
  const space = new ProgramSpace({
    exe: plan.file,
    image: plan.image,
    argv: plan.argv,
    envp: plan.envp,
    execfn: plan.execfn,
    isSecure: secureExec,
  });
  becomeImage(task, new Mm(space), plan.comm);
  if (clearsPersonality) task.personality &= ~PER_CLEAR_ON_SETID;
  closeOnExec(task.files!);
  if (secureExec) startSecurely(task);
  setDumpable(task, plan.isUnreadable);
  changeCred(kernel, task, cred);
}

/** @see fs/exec.c, begin_new_exec(), bprm->secureexec, v6.18 */
function startSecurely(task: Task): void {
  task.pdeathSignal = 0;
  const { rlimits } = task.group;
  const { cur, max } = rlimits[RLIMITS.RLIMIT_STACK]!;
  if (cur > STACK_LIMIT_SECURE) rlimits[RLIMITS.RLIMIT_STACK] = { cur: STACK_LIMIT_SECURE, max };
}

/** A program that cannot be read, or whose ids differ already, is not dumpable. */
function setDumpable({ cred, mm }: CredHolder, isUnreadable: boolean): void {
  const isPlain = !isUnreadable && cred.euid === cred.uid && cred.egid === cred.gid;
  if (mm !== null) mm.dumpable = isPlain ? SUID_DUMP_USER : SUID_DUMP_DISABLE;
}
