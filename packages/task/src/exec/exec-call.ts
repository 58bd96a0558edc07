// One call of execveat under way: what its steps have made so far, and what they change of the task.

import type { Refusal } from '@forkless/errors';
import { SUID_DUMP_DISABLE, SUID_DUMP_USER } from '../cred/commit-creds.ts';
import type { Placer } from '@forkless/mm';
import { copiedSlots, unshareFiles, type FilesHolder } from '../files/dup-fd.ts';
import { closeOnExec, fdtableBytes, slotsFor } from '../files/fd-table.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { MemoryWork } from '../mm/memory-work.ts';
import { Mm } from '../mm/mm.ts';
import type { PagedSpace } from '../mm/paged-space.ts';
import { changeCred, isExecOverTasks } from '../task/change-cred.ts';
import { becomeImage, deThread } from '../task/de-thread.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS } from '../uapi/resources.ts';
import { ExecPreparation, type ExecCaller, type ExecErrno, type ExecRequest } from './binprm.ts';
import { loadMemory } from './exec-memory.ts';
import { foundBy, lookupNode } from '../kernel/object-watch.ts';
import { ProgramSpace } from './program.ts';
import { fitsAddressSpace, fitsStack } from './stack-room.ts';

/** What an exec came to: the program runs, the process dies of SIGSEGV, or only a check was asked. */
export type ExecResult = 'running' | 'killed' | 'checked' | Refusal<ExecErrno>;

/** The memory of a new program, and what it took to make it. */
export interface LoadedMemory {
  readonly space: PagedSpace;
  /** Whether it has all that the program needs; a process without it dies. */
  readonly isWhole: boolean;
  readonly counts: LoadedCounts;
}

/** Objects of a new memory besides the mm itself. */
export interface LoadedCounts {
  readonly vmas: number;
  readonly anonVmas: number;
  readonly mapleNodes: number;
}

/** Where the call runs. */
export interface ExecPlace {
  /** NUMA node whose memory new cache entries use; the task's when left out. */
  readonly node?: number;
  /** The node of the CPU the scheduler moves the task to on the way; none when left out. */
  readonly movesTo?: number;
  /** The random gap below the argument strings, in bytes; none when left out. */
  readonly stackGap?: number;
}

/** Personality flags that a set-id program does not inherit. */
const PER_CLEAR_ON_SETID = 0x0400000 | 0x0040000 | 0x0200000 | 0x0100000;
/** `_STK_LIM`: most stack a set-id program starts with. */
const STACK_LIMIT_SECURE = 8 * 1024 * 1024;
const NO_COUNTS: LoadedCounts = { vmas: 0, anonVmas: 0, mapleNodes: 0 };

/** The state the steps of an exec work on. */
export class ExecCall {
  readonly kernel: Kernel;
  readonly task: Task;
  readonly place: ExecPlace;
  readonly preparation: ExecPreparation;
  /** What filling the new memory took, and the end of the old one. */
  readonly loaded: MemoryWork;
  readonly dropped: MemoryWork;
  /** Descriptors that exec closed. */
  closedCount = 0;
  memoryCounts: LoadedCounts = NO_COUNTS;
  #memory: LoadedMemory | undefined;
  #stackPlacer: Placer | undefined;
  #fits = true;

  /** `keepsWork` tells whether anybody asks afterwards what it took. */
  constructor(
    kernel: Kernel,
    task: Task,
    request: ExecRequest,
    place: ExecPlace,
    keepsWork = true,
  ) {
    this.kernel = kernel;
    this.loaded = new MemoryWork(keepsWork);
    this.dropped = new MemoryWork(keepsWork);
    this.task = task;
    this.place = place;
    kernel.objects?.execBegins();
    this.preparation = new ExecPreparation(
      execCaller(kernel, task, lookupNode(kernel, place.node ?? task.node, 'exec')),
      request,
    );
  }

  /** What the call came to once its steps are done. */
  get result(): Exclude<ExecResult, Refusal> {
    if (this.preparation.isChecked) return 'checked';
    return this.preparation.plan.image !== null && this.#fits ? 'running' : 'killed';
  }

  get sharesFiles(): boolean {
    return this.task.files!.users > 1;
  }

  /** Bytes of each object that a table of its own needs beside the files_struct. */
  get unsharedTable(): readonly number[] {
    const bytes = fdtableBytes(slotsFor(copiedSlots(this.task.files!)));
    return bytes === null ? [] : [bytes.fdtable, bytes.slots, bytes.bitmaps];
  }

  endThreads(): void {
    deThread(this.kernel, this.task);
  }

  unshareFiles(): void {
    unshareFiles(this.task as FilesHolder);
  }

  /** Exec is a good moment to move: there is little to take along. @see kernel/sched/core.c, sched_exec() */
  schedExec(): void {
    const { kernel, task, place } = this;
    if (place.movesTo === undefined || place.movesTo === task.node) return;
    // What was copied before lies where the task came from.
    this.#stackPlacer = kernel.watchedPlacerOf(task, 'exec');
    task.node = place.movesTo;
  }

  /** The new memory is filled; limits that it breaks kill later. */
  loadProgram(): void {
    const { kernel, task } = this;
    const { plan } = this.preparation;
    const { rlimits } = task.group;
    const { cur: stack } = rlimits[RLIMITS.RLIMIT_STACK]!;
    const { cur: space } = rlimits[RLIMITS.RLIMIT_AS]!;
    this.#fits =
      fitsStack(plan, stack, this.place.stackGap ?? 0) && fitsAddressSpace(plan, space, stack);
    const placer = kernel.watchedPlacerOf(task, 'exec');
    this.#memory = this.loaded.during(kernel.memory.counts, () =>
      loadMemory(
        kernel.memory,
        { stack: this.#stackPlacer ?? placer, rest: placer },
        plan,
        (content) => kernel.cachedFile(content),
      ),
    );
    this.#fits &&= this.#memory.isWhole;
    this.memoryCounts = this.#memory.counts;
  }

  /** The program's memory takes the place of the old one. */
  becomeProgram(): void {
    const { task } = this;
    const { plan } = this.preparation;
    const program = {
      exe: plan.file,
      image: plan.image,
      argv: plan.argv,
      envp: plan.envp,
      execfn: plan.execfn,
      isSecure: plan.cred.secureExec,
    };
    if (task.mm?.users === 1) this.kernel.objects?.memoryReplaced();
    const mm = new Mm(new ProgramSpace(program, this.#memory!.space));
    this.dropped.during(this.kernel.memory.counts, () => becomeImage(task, mm, plan.comm));
    if (plan.cred.clearsPersonality) task.personality &= ~PER_CLEAR_ON_SETID;
  }

  closeOnExec(): void {
    const { files } = this.task;
    const before = files!.openCount;
    closeOnExec(files!);
    this.closedCount = before - files!.openCount;
  }

  /** Rights change last, after everything that the old ones decide. */
  commitCreds(): void {
    const { task } = this;
    const { plan } = this.preparation;
    if (plan.cred.secureExec) startSecurely(task);
    const { euid, uid, egid, gid } = task.cred;
    const isPlain = !plan.isUnreadable && euid === uid && egid === gid;
    if (task.mm !== null) task.mm.dumpable = isPlain ? SUID_DUMP_USER : SUID_DUMP_DISABLE;
    changeCred(this.kernel, task, plan.cred.cred);
  }
}

function execCaller(kernel: Kernel, task: Task, node: number): ExecCaller {
  const { group } = task;
  const fs = task.fs!;
  let inGroup = 0;
  for (const thread of group.threads) if (thread.fs === fs) inGroup++;
  return {
    cred: task.cred,
    fs,
    node,
    files: task.files!,
    noNewPrivs: task.noNewPrivs,
    stackLimit: group.rlimits[RLIMITS.RLIMIT_STACK]!.cur,
    sharesFs: fs.users > inGroup,
    isOverNproc: () => isExecOverTasks(kernel, task),
    onAlloc: kernel.objects === undefined ? undefined : foundBy(kernel.objects, 'exec'),
    tracer: undefined,
  };
}

/** @see fs/exec.c, begin_new_exec(), bprm->secureexec, v6.18 */
function startSecurely(task: Task): void {
  task.pdeathSignal = 0;
  const { rlimits } = task.group;
  const { cur, max } = rlimits[RLIMITS.RLIMIT_STACK]!;
  if (cur > STACK_LIMIT_SECURE) rlimits[RLIMITS.RLIMIT_STACK] = { cur: STACK_LIMIT_SECURE, max };
}
