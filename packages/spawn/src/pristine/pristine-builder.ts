// A process that is put together piece by piece before it is one: empty, placed, populated, loaded, started.
// Whatever it has somebody gave it; until it starts it has no number, is charged to nobody, and can be
// dropped without a trace.

import { assert, isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  CLONE_SLABS,
  createEmbryo,
  dropEmbryo,
  execve,
  exitGroupWith,
  lookupNode,
  startEmbryo,
  type ArgVector,
  type Kernel,
  type OpenCaller,
  type Task,
} from '@forkless/task';
import { nodeOfPlace, type Place, type SpawnOptions } from '../place/place.ts';
import { callerOf, SPAWN_ERROR } from '../spawn-call.ts';
import { tryEach } from '../steps/exec-steps.ts';

/** How far a handle has come. `dead`: a start failed; `aborted`: dropped before the start. */
export type PristineState =
  | 'empty'
  | 'placed'
  | 'populated'
  | 'loaded'
  | 'started'
  | 'dead'
  | 'aborted';

/** The program of a pristine child. */
export interface PristineProgram {
  /** One path, or several to try in this order as a search in PATH does. */
  readonly path: string | readonly string[];
  readonly argv: ArgVector;
  readonly envp: ArgVector;
}

/** Whether a call can be made on a handle: EBUSY once the child runs, ESRCH when it never will. */
export type HandleErrno = 'EBUSY' | 'ESRCH';

/** What one call on the child may answer: nothing, or a refusal. */
export type RemoteAnswer = Refusal | undefined | null | void | number;

/** An operation on the child, by name. */
interface Operation {
  readonly name: string;
  readonly run: (child: Task, caller: OpenCaller) => RemoteAnswer;
}

/** How a builder goes about it. */
export type PristineOptions = Omit<SpawnOptions, 'moves'>;

const { task, stack, cred, lsm, files, fs, sighand, signal } = CLONE_SLABS;
const OBJECTS = [task, stack, cred, lsm, files, fs, sighand, signal];
const PID = { cache: 'pid', bytes: 192 };

/**
 * A pristine child in the making. With `executor: 'parent'` each call does its work at once and answers;
 * with `'child'`, the default, calls are kept and done by the child's own kernel thread at the start, on its
 * node, and the first refusal is the answer of `start`.
 */
export class PristineBuilder {
  readonly kernel: Kernel;
  readonly maker: Task;
  readonly options: PristineOptions;
  #state: PristineState = 'empty';
  #embryo: Task | undefined;
  #target: number;
  #cgroup: number | undefined;
  #program: PristineProgram | undefined;
  readonly #kept: Operation[] = [];
  /** What needs a number, and so comes after it. */
  readonly #numbered: Operation[] = [];

  constructor(kernel: Kernel, maker: Task, options: PristineOptions = {}) {
    this.kernel = kernel;
    this.maker = maker;
    this.options = options;
    this.#target = maker.node;
    options.objects?.place(this.#awareness, undefined);
  }

  get state(): PristineState {
    return this.#state;
  }

  /** The child, once it runs. */
  get child(): Task | undefined {
    return this.#state === 'started' ? this.#embryo : undefined;
  }

  /** The node it will run on. */
  get target(): number {
    return this.#target;
  }

  get #awareness() {
    return this.options.awareness ?? 'L4';
  }

  get #isRemote(): boolean {
    return this.options.executor !== 'parent';
  }

  /**
   * Where it shall run; EINVAL for a place that is not there. To be said first: what is made already stays
   * where it is.
   */
  place(place: Place): Refusal<HandleErrno | 'EINVAL'> | undefined {
    const refused = this.#refuseUse();
    if (refused !== undefined) return refused;
    const node = nodeOfPlace(this.kernel, this.maker, place, this.options);
    if (isRefusal(node)) return node;
    this.#target = node;
    this.options.objects?.place(this.#awareness, node);
    if (this.#embryo !== undefined) this.#embryo.node = this.#home;
    if (this.#state === 'empty') this.#state = 'placed';
    return undefined;
  }

  /** The node of the CPU that works for the child before it runs. */
  get #home(): number {
    return this.#isRemote ? this.#target : this.maker.node;
  }

  /**
   * A call on the child through the handle: any function on a task, or on it as a caller of calls on files.
   * Done at once or kept for the child, see `PristineBuilder`.
   */
  remote(name: string, run: Operation['run']): Refusal | undefined {
    const refused = this.#refuseUse();
    if (refused !== undefined) return refused;
    if (this.#isRemote) {
      this.#kept.push({ name, run });
    } else {
      const answer = this.#do({ name, run });
      if (answer !== undefined) return answer;
    }
    if (this.#state !== 'loaded') this.#state = 'populated';
    return undefined;
  }

  /** A call on the child that needs its number, and is made as soon as it has one. */
  afterStart(name: string, run: Operation['run']): Refusal<HandleErrno> | undefined {
    const refused = this.#refuseUse();
    if (refused === undefined) (this.#isRemote ? this.#kept : this.#numbered).push({ name, run });
    return refused;
  }

  /** The control group it is born in, by a descriptor of the maker. */
  setCgroup(fd: number): Refusal<HandleErrno> | undefined {
    const refused = this.#refuseUse();
    if (refused === undefined) this.#cgroup = fd;
    return refused;
  }

  /** The program. Done at once its refusals are exec's and leave the child as it was. */
  load(program: PristineProgram): Refusal | undefined {
    const refused = this.#refuseUse();
    if (refused !== undefined) return refused;
    this.#program = program;
    if (!this.#isRemote) {
      const answer = this.#watched(() => this.#exec(this.#made(), program));
      if (answer !== undefined) return answer;
    }
    this.#state = 'loaded';
    return undefined;
  }

  /**
   * The child gets its number and runs. EINVAL without a program; what a clone refuses; what a kept call
   * refused. After such a refusal the handle is dead and no child is left.
   */
  start(): Task | Refusal {
    const refused = this.#refuseUse();
    if (refused !== undefined) return refused;
    if (this.#state !== 'loaded') return refuse('EINVAL', 'no program is loaded');
    const child = this.#made();
    const failed = this.#watched(() => this.#startAndPopulate(child));
    if (failed !== undefined) {
      this.#state = 'dead';
      return failed;
    }
    this.#state = 'started';
    child.node = this.#target;
    return child;
  }

  /** Drops what was not started: nothing is left, nobody is told. */
  abort(): Refusal<HandleErrno> | undefined {
    const refused = this.#refuseUse();
    if (refused === undefined) this.abandon();
    return refused;
  }

  /** The last descriptor of the handle is closed. */
  abandon(): void {
    if (this.#refuseUse() !== undefined) return;
    this.#state = 'aborted';
    if (this.#embryo !== undefined) dropEmbryo(this.#embryo);
    for (const { cache } of OBJECTS) this.options.objects?.freed(cache, 1);
  }

  /** A call meant for a process, before there is one. */
  refuseAsProcess(): Refusal<'ESRCH'> | undefined {
    return this.#state === 'started' ? undefined : refuse('ESRCH', 'the process is not started');
  }

  #refuseUse(): Refusal<HandleErrno> | undefined {
    if (this.#state === 'started') return refuse('EBUSY', 'the process runs already');
    if (this.#state === 'dead' || this.#state === 'aborted') {
      return refuse('ESRCH', `the handle is ${this.#state}`);
    }
    return undefined;
  }

  /** The task in the making; its objects are allocated by the first call that needs them. */
  #made(): Task {
    if (this.#embryo !== undefined) return this.#embryo;
    this.#embryo = createEmbryo(this.maker);
    for (const object of OBJECTS) this.#note(object);
    this.#embryo.node = this.#home;
    return this.#embryo;
  }

  #note({ cache, bytes }: { readonly cache: string; readonly bytes: number }): void {
    const { objects } = this.options;
    const node = objects?.nodeOf(cache, this.maker.node, 'clone') ?? 0;
    objects?.made({ kind: cache, bytes, count: 1, node, phase: 'clone' });
  }

  #do({ run }: Operation): Refusal | undefined {
    const child = this.#made();
    return this.#watched(() => {
      const answer = run(child, callerOf(child, this.#lookup(child)));
      return isRefusal(answer) ? answer : undefined;
    });
  }

  #lookup(child: Task): number {
    const where = this.options.lookup;
    const running =
      where === undefined ? child.node : where === 'parent' ? this.maker.node : this.#target;
    return lookupNode(this.kernel, running, 'exec');
  }

  #exec(child: Task, { path, argv, envp }: PristineProgram): Refusal | undefined {
    // A program that changes its user moves the count of tasks, which this one is not in yet.
    const isCounted = this.kernel.tasks.has(child);
    const counts = ({ userNs, uid } = child.cred) => this.kernel.ucounts.of(userNs, uid);
    if (!isCounted) counts().addTasks(1);
    const paths = typeof path === 'string' ? [path] : path;
    const answer = tryEach(paths, (one) => {
      const place = { node: this.#lookup(child), movesTo: child.node };
      const result = execve(this.kernel, child, { path: one, argv, envp }, place);
      return isRefusal(result) ? result : undefined;
    });
    if (!isCounted) counts().addTasks(-1);
    return answer;
  }

  #startAndPopulate(child: Task): Refusal | undefined {
    const { kernel, maker } = this;
    this.#note(PID);
    const refused = startEmbryo(kernel, child, maker, this.#cgroup);
    if (refused !== undefined) {
      dropEmbryo(child);
      return refused;
    }
    for (const { run } of [...this.#kept, ...this.#numbered]) {
      const answer = run(child, callerOf(child, this.#lookup(child)));
      if (isRefusal(answer)) return this.#end(child, answer);
    }
    if (!this.#isRemote) return undefined;
    assert(this.#program !== undefined, 'a handle that starts has a program');
    const answer = this.#exec(child, this.#program);
    return answer === undefined ? undefined : this.#end(child, answer);
  }

  /** The child that could not become what it should ends, and nobody hears of it. */
  #end(child: Task, answer: Refusal): Refusal {
    child.exitSignal = 0;
    child.group.autoreap = true;
    exitGroupWith(this.kernel, child, SPAWN_ERROR);
    return answer;
  }

  #watched<T>(work: () => T): T {
    const { kernel, options } = this;
    if (options.objects === undefined) return work();
    kernel.objects = options.objects;
    try {
      return work();
    } finally {
      kernel.objects = undefined;
    }
  }
}
