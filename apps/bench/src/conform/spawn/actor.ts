// A modelled process of a scenario: its task, and the pauses by which it takes turns with the others.
// Signals are taken when a turn begins; a process that dies then never comes back.

import { isRefusal } from '@forkless/errors';
import { pidNumberIn, type Pid } from '@forkless/pid';
import { deliverSignals, hasDeliverable, pidNamespaceOf, type Task } from '@forkless/task';
import type { Answer, CallTable, Pause, Running } from './call.ts';
import type { World } from './world.ts';

/** Thrown through a process's steps when it has ended in one of them. */
export class Ended extends Error {
  override readonly name = 'Ended';
}

/** The program a process runs after a successful exec. */
export interface Program {
  readonly argv: readonly string[];
  /** Whether it opens a file to report in, which takes a descriptor. */
  readonly opensFile: boolean;
  /** What it reports of itself before anything else. */
  readonly report: () => Answer;
}

/** What a state step and the reporter tell of a process; each family of calls adds its fields. */
export type StateFields = (actor: Actor) => Record<string, unknown>;

/** A process or a thread of a scenario. */
export class Actor {
  readonly world: World;
  readonly task: Task;
  readonly calls: CallTable;
  readonly stateFields: readonly StateFields[];
  /** Set by a successful exec: the steps end, and the program runs. */
  program: Program | undefined;

  constructor(world: World, task: Task, calls: CallTable, stateFields: readonly StateFields[]) {
    this.world = world;
    this.task = task;
    this.calls = calls;
    this.stateFields = stateFields;
  }

  get kernel(): World['kernel'] {
    return this.world.kernel;
  }

  /** Whether the process lives in a pid namespace below the scenario's. */
  get isNested(): boolean {
    return pidNamespaceOf(this.task) !== this.world.namespace;
  }

  /** Everything a state step can be asked. */
  state(): Record<string, unknown> {
    return Object.assign({}, ...this.stateFields.map((fields) => fields(this)));
  }

  /** Signals are taken; true when a handler ran that makes a sleeping call say EINTR. */
  enter(): boolean {
    const { interrupts } = deliverSignals(this.kernel, this.task);
    if (this.task.exiting || this.task.exitState !== 'none') throw new Ended();
    return interrupts;
  }

  /** A turn for the others. */
  *turn(): Running<void> {
    yield { idle: false };
    this.enter();
    while (!this.task.isRunnable) {
      yield { idle: true };
      this.enter();
    }
  }

  /** Sleeps until `ready` holds or the time is over; signals do not end it. True when it held. */
  *until(ready: () => boolean, timeoutMs: number): Running<boolean> {
    const untilMs = this.world.nowMs + timeoutMs;
    while (!ready()) {
      if (this.world.nowMs >= untilMs) return false;
      yield* this.pause(untilMs);
    }
    return true;
  }

  /**
   * A call that can sleep: asked again until it answers. EINTR when a handler ran meanwhile.
   * `timeoutMs` bounds it; then the answer is undefined.
   */
  *sleeping<T>(
    ask: () => T | undefined,
    timeoutMs = Number.POSITIVE_INFINITY,
  ): Running<T | 'EINTR' | undefined> {
    const untilMs = this.world.nowMs + timeoutMs;
    for (;;) {
      const answer = ask();
      if (answer !== undefined) return answer;
      if (this.world.nowMs >= untilMs) return undefined;
      if (yield* this.pause(untilMs)) return 'EINTR';
    }
  }

  /** One pause; true when a handler ran that interrupts. */
  *pause(untilMs: number): Running<boolean> {
    const pause: Pause = Number.isFinite(untilMs) ? { idle: true, untilMs } : { idle: true };
    let interrupted = false;
    do {
      yield this.task.isRunnable && hasDeliverable(this.task) ? { idle: false } : pause;
      interrupted = this.enter() || interrupted;
    } while (!this.task.isRunnable);
    return interrupted;
  }

  /** The number in the process's namespace that an input means: a name, a negated one, or a number. */
  number(input: unknown): number {
    if (typeof input === 'number') return input;
    const text = String(input);
    if (text.startsWith('-') && /[a-z]/.test(text)) return -this.number(text.slice(1));
    if (text === 'self') return pidNumberIn(this.task.group.leader.pid, pidNamespaceOf(this.task));
    if (text !== 'init' && !/^p\d+$/.test(text)) return Number(text);
    const pid: Pid | undefined = this.world.pidNamed(text);
    return pid === undefined ? 0 : pidNumberIn(pid, pidNamespaceOf(this.task));
  }

  /** How a number the process sees is written. */
  show(number: number): string | number {
    return this.world.show(this.task, number);
  }

  /** The answer of a call that yields nothing but success. */
  answer(result: unknown): Answer {
    if (isRefusal(result)) return { ret: -1, errno: result.errno };
    return { ret: typeof result === 'number' ? result : 0, errno: null };
  }
}
