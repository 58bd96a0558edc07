// One spawn under way: who asks, for what, and what its steps have made so far.

import { assert, type Refusal } from '@forkless/errors';
import {
  CloneCall,
  type ExecCall,
  exitGroupWith,
  MemoryWork,
  pidSeenBy,
  foundBy,
  lookupNode,
  RLIMITS,
  wait4,
  WAIT,
  type Kernel,
  type KernelCloneArgs,
  type OpenCaller,
  type SigSet,
  type Task,
} from '@forkless/task';
import type { SpawnOptions } from './place/place.ts';
import type { SpawnRequest } from './request.ts';

/** Who takes a step: a process in user space, or the kernel on behalf of one. */
export type Who = 'parent' | 'child' | 'kernel for parent' | 'kernel for child';

/** Exit code of a child that could not become the program. */
export const SPAWN_ERROR = 127;

/** How a spawn is gone about. */
export interface SpawnManner {
  readonly options?: SpawnOptions;
  /** The node the child shall run on; the parent's when left out. */
  readonly target?: number;
  /** Whether anybody asks afterwards what its steps took; yes when left out. */
  readonly keepsWork?: boolean;
}

/** The state the steps of a spawn work on. */
export class SpawnCall {
  readonly kernel: Kernel;
  readonly parent: Task;
  readonly request: SpawnRequest;
  readonly options: SpawnOptions;
  /** The node the child shall run on. */
  readonly target: number;
  readonly keepsWork: boolean;
  /** The making of the child's task. */
  readonly clone: CloneCall;
  /** The parent's signal mask from before. */
  oldMask: SigSet | undefined;
  /** The descriptor an open got before it was moved. */
  fd = -1;
  /** Ends of the pipe by which a forked child tells its error. */
  errorPipe: readonly [number, number] | undefined;
  /** The child's number for its end of that pipe, where it is free to move it. */
  childPipe = -1;
  /** The child's pidfd in the parent, once it has one. */
  readonly pidfd = { value: -1 };
  /** The exec that went well, with what it counted. */
  exec: ExecCall | undefined;
  /** What the end of the child's memory took. */
  readonly ended = new MemoryWork();
  /** Paths of a search that led to nothing before it. */
  readonly missed: string[] = [];
  /** Descriptors that the last action closed. */
  closedCount = 0;
  /** The program could not be mapped after the point of no return. */
  killed = false;
  /** Why the child of a template could not become the program. */
  childError: Refusal | undefined;
  /** The first step that was refused; undefined when it was the making of the task. */
  failedAt: string | undefined;
  /** The call by which the task is made. */
  maker = '';
  #child: Task | undefined;

  /** The node of the CPU that takes the current step. */
  running: number;

  constructor(
    kernel: Kernel,
    parent: Task,
    request: SpawnRequest,
    { options = {}, target = parent.node, keepsWork = true }: SpawnManner = {},
  ) {
    this.options = options;
    this.keepsWork = keepsWork;
    this.target = target;
    this.running = parent.node;
    this.kernel = kernel;
    this.parent = parent;
    this.request = request;
    this.clone = new CloneCall(kernel, keepsWork);
  }

  /** The child, once it is made. */
  get child(): Task {
    assert(this.#child !== undefined, 'a step of the child comes after the one that makes it');
    return this.#child;
  }

  get hasChild(): boolean {
    return this.#child !== undefined;
  }

  /** Begins the making of a task by the call `maker`. */
  beginClone(maker: string, args: KernelCloneArgs): void {
    this.maker = maker;
    this.clone.begin(this.parent, args);
  }

  /** The task that was made is the child. */
  takeChild(child: Task = this.clone.child): void {
    this.#child = child;
    child.node = this.options.moves === 'wake-up' ? this.target : this.parent.node;
  }

  /** The next step is taken by `who`, and the CPU it is taken on is known from it. */
  enter(who: Who): void {
    const { parent } = this;
    if (who === 'parent' || who === 'kernel for parent') {
      this.running = parent.node;
      return;
    }
    const { child, options } = this;
    if (who === 'kernel for child' && options.executor === 'parent') child.node = parent.node;
    this.running = child.node;
  }

  /** The node on which names are looked up. */
  get lookup(): number {
    const { options, kernel, parent } = this;
    const where = options.lookup;
    const running =
      where === undefined ? this.running : where === 'parent' ? parent.node : this.target;
    return lookupNode(kernel, running, 'exec');
  }

  /** The node the scheduler moves the child to when it execs. */
  get movesTo(): number {
    const { moves, executor } = this.options;
    return moves === 'never' || executor === 'parent' ? this.child.node : this.target;
  }

  /** The child runs by itself, where it was to. */
  finish(): void {
    if (this.options.moves !== 'never') this.child.node = this.target;
  }

  /** The child as a caller of calls on files. */
  get childCaller(): OpenCaller {
    const { child, kernel, lookup } = this;
    const caller = callerOf(child, lookup);
    if (kernel.objects === undefined) return caller;
    return { ...caller, onAlloc: foundBy(kernel.objects, 'files') };
  }

  /** The child gives up. */
  childExits(): void {
    exitGroupWith(this.kernel, this.child, SPAWN_ERROR);
  }

  /** The parent waits for a child that gave up, so that none is left. */
  reapChild(): void {
    const number = pidSeenBy(this.child, this.parent);
    if (number > 0) wait4(this.kernel, this.parent, number, WAIT.WALL);
  }
}

/** A task as a caller of calls on files; `node` is where new cache entries go. */
export function callerOf(task: Task, node = task.node): OpenCaller {
  const { cred, fs, files, group } = task;
  assert(fs !== null && files !== null, 'a task that makes calls has not exited');
  return { cred, fs, files, node, limit: group.rlimits[RLIMITS.RLIMIT_NOFILE]!.cur };
}

/** What a step may answer: nothing, or a refusal. */
export type StepAnswer = Refusal | undefined | null | void;
