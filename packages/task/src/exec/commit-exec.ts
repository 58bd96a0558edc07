// The point of no return: what exec resets, replaces and keeps of a task, in the kernel's order. Other
// threads, signals and timers belong to the caller, which hands in what to do with them.
import type { CredHolder } from '../cred/commit-creds.ts';
import { SUID_DUMP_DISABLE, SUID_DUMP_USER, commitCreds } from '../cred/commit-creds.ts';
import type { FilesHolder } from '../files/dup-fd.ts';
import { unshareFiles } from '../files/dup-fd.ts';
import { closeOnExec } from '../files/fd-table.ts';
import type { ExecPlan } from './binprm.ts';
import type { Program } from './program.ts';

/** Personality flags that a set-id program does not inherit. */
const PER_CLEAR_ON_SETID = 0x0400000 | 0x0040000 | 0x0200000 | 0x0100000;
/** `_STK_LIM`: most stack a set-id program starts with. */
const STACK_LIMIT_SECURE = 8 * 1024 * 1024;

/** The part of a task that exec changes. */
export interface ExecTask extends CredHolder, FilesHolder {
  comm: string;
  personality: number;
  /** A stack for signal handlers is set. */
  altStack: boolean;
  /** Counts programs, so that a parent can tell that a child is a new one. */
  selfExecId: number;
  forkedNoExec: boolean;
}

/** What the owner of threads, signals and memory does on the way. */
export interface ExecHooks {
  /** Ends the other threads; afterwards the caller is the leader. */
  deThread(): void;
  /** Puts an empty address space with this program in place of the old one, which is let go. */
  replaceMm(program: Program): void;
  /** A private table of handlers, all of them back to default; ignored signals stay ignored. */
  resetSignals(): void;
  /** Soft RLIMIT_STACK, for programs that must not inherit a larger one. */
  capStackLimit(bytes: number): void;
}

/**
 * Carries a plan out. The task runs the new program afterwards, or dies of SIGSEGV when its image could
 * not be mapped (`killed`).
 *
 * @see fs/exec.c, begin_new_exec(), setup_new_exec(), v6.18
 */
export function commitExec(task: ExecTask, plan: ExecPlan, hooks: ExecHooks): 'running' | 'killed' {
  hooks.deThread();
  unshareFiles(task);
  hooks.replaceMm({
    exe: plan.file,
    image: plan.image,
    argv: plan.argv,
    envp: plan.envp,
    execfn: plan.execfn,
    isSecure: plan.cred.secureExec,
  });
  if (plan.cred.clearsPersonality) task.personality &= ~PER_CLEAR_ON_SETID;
  task.forkedNoExec = false;
  closeOnExec(task.files);
  if (plan.cred.secureExec) {
    task.pdeathSignal = 0;
    hooks.capStackLimit(STACK_LIMIT_SECURE);
  }
  task.altStack = false;
  const { euid, uid, egid, gid } = task.cred;
  const isPlain = !plan.isUnreadable && euid === uid && egid === gid;
  if (task.mm !== null) task.mm.dumpable = isPlain ? SUID_DUMP_USER : SUID_DUMP_DISABLE;
  task.comm = plan.comm;
  task.selfExecId++;
  hooks.resetSignals();
  commitCreds(task, plan.cred.cred);
  return plan.image === null ? 'killed' : 'running';
}
