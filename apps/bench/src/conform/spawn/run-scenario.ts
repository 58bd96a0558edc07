// Running a scenario on the model: every process takes its steps in turns, one step a turn, in the order
// they were made; when all of them sleep, time goes on to the next moment one wakes up.

import { assert, ConfigError, isRefusal } from '@forkless/errors';
import {
  clone,
  clone3,
  exit,
  exitGroupWith,
  fork,
  RLIMITS,
  SLEEPS,
  unusedFd,
  vfork,
  wait4,
  WAIT,
  type Task,
} from '@forkless/task';
import { Actor, Ended, type StateFields } from './actor.ts';
import { failed, ok, type Answer, type CallTable, type Running } from './call.ts';
import { cloneRequest } from './clone-request.ts';
import { renumber } from './renumber.ts';
import type { Fields, Scenario, Step } from './scenario.ts';
import { processState, World } from './world.ts';

/** The answers of a scenario by the place of the step; a step that was not reached has none. */
export type Answers = ReadonlyMap<number, Answer>;

/** How a scenario came out. */
export interface Outcome {
  readonly answers: Answers;
  /** Raw wait status of the first process; undefined when it never ended. */
  readonly exitStatus: number | undefined;
}

const ROUNDS_MAX = 100_000;

/** The calls a scenario may make, and what its processes can tell of themselves. */
export interface Vocabulary {
  readonly calls: CallTable;
  readonly stateFields: readonly StateFields[];
  /** Makes the world a scenario begins with; the plain one when left out. */
  readonly world?: () => World;
}

/** Runs a scenario. The model is given inputs only. */
export function runScenario(scenario: Scenario, vocabulary: Vocabulary): Outcome {
  return new ScenarioRun(vocabulary).run(scenario);
}

class ScenarioRun {
  readonly #world: World;
  readonly #calls: CallTable;
  readonly #stateFields: readonly StateFields[];
  readonly #answers = new Map<number, Answer>();
  /** Processes with steps left, oldest first. */
  readonly #running: { readonly actor: Actor; readonly steps: Running<void> }[] = [];

  constructor({ calls, stateFields, world = () => new World() }: Vocabulary) {
    this.#world = world();
    this.#world.launch = (task, prepare, answer) => this.#launch(task, prepare, answer);
    this.#calls = calls;
    this.#stateFields = [({ task }) => processState(this.#world, task), ...stateFields];
  }

  run({ steps }: Scenario): Outcome {
    const { init, first } = this.#world;
    const reaper = this.#actor(init);
    this.#running.push({ actor: reaper, steps: this.#reap(reaper) });
    this.#start(first, steps, 0);
    this.#schedule();
    return {
      answers: renumber(this.#answers),
      exitStatus: this.#world.reapedByInit.get(first.pid),
    };
  }

  #actor(task: Task): Actor {
    return new Actor(this.#world, task, this.#calls, this.#stateFields);
  }

  #start(task: Task, steps: readonly Step[], exitCode: number): void {
    const actor = this.#actor(task);
    this.#running.push({ actor, steps: this.#life(actor, steps, exitCode) });
  }

  /** A process that runs a program from its beginning. */
  #launch(task: Task, prepare: (actor: Actor) => void, answer: Answer): void {
    const actor = this.#actor(task);
    prepare(actor);
    this.#running.push({ actor, steps: this.#programLife(actor, answer) });
  }

  *#programLife(actor: Actor, answer: Answer): Running<void> {
    try {
      yield* actor.turn();
      yield* this.#program(actor, answer);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
    }
  }

  /** Turns until nobody can do anything any more and no moment is left to wait for. */
  #schedule(): void {
    // One idle round may still have changed what the next one sees: a process that stopped, say.
    let idleRounds = 0;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const wakes: number[] = [];
      let isIdle = true;
      for (const running of this.#running.slice()) {
        const { done, value } = running.steps.next();
        if (done) this.#running.splice(this.#running.indexOf(running), 1);
        isIdle &&= done !== true && value.idle;
        if (done !== true && value.untilMs !== undefined) wakes.push(value.untilMs);
      }
      idleRounds = isIdle ? idleRounds + 1 : 0;
      if (idleRounds < 2) continue;
      const next = Math.min(...wakes);
      if (!Number.isFinite(next)) return;
      this.#world.nowMs = Math.max(this.#world.nowMs, next);
    }
    assert(false, `a scenario ends within ${ROUNDS_MAX} rounds`);
  }

  /** Init: it reaps whatever comes to it. */
  *#reap(actor: Actor): Running<void> {
    try {
      for (;;) {
        const child = wait4(actor.kernel, actor.task, -1, WAIT.WALL);
        if (typeof child === 'object' && !isRefusal(child)) {
          this.#world.reapedByInit.set(child.task.pid, child.waitStatus);
          yield { idle: false };
        } else {
          yield { idle: true };
          actor.enter();
        }
      }
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
    }
  }

  *#life(actor: Actor, steps: readonly Step[], exitCode: number): Running<void> {
    try {
      yield* this.#take(actor, steps, exitCode);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
    }
  }

  *#take(actor: Actor, steps: readonly Step[], exitCode: number): Running<void> {
    yield* actor.turn();
    for (const step of steps) {
      const answer = yield* this.#step(actor, step);
      // A signal that came in the step is taken before the step is told of.
      if (actor.program === undefined) yield* actor.turn();
      this.#answers.set(step.at, answer);
      if (actor.program !== undefined) {
        yield* this.#program(actor, answer);
        return;
      }
    }
    if (actor.task.group.leader === actor.task) exitGroupWith(actor.kernel, actor.task, exitCode);
    else exit(actor.kernel, actor.task, exitCode);
  }

  *#step(actor: Actor, step: Step): Running {
    const { call, recorded, child } = step;
    if (child !== undefined) return yield* this.#make(actor, step);
    const known = this.#calls[call];
    if (known === undefined) return { not_understood: `the call ${call}` };
    try {
      const answer = known.run(actor, inputsOf(recorded, known.inputs));
      return Symbol.iterator in answer ? yield* answer as Running : answer;
    } catch (error) {
      if (error instanceof ConfigError) return { not_understood: error.message };
      throw error;
    }
  }

  /** A step that makes a task: its steps run beside, and unless it says otherwise it is waited for. */
  *#make(actor: Actor, { call, recorded, child: body }: Step): Running {
    const inputs = inputsOf(recorded, MAKER_INPUTS);
    const pidfd = { value: -1 };
    const task = this.#clone(actor, call, inputs, pidfd);
    if (isRefusal(task)) return failed(task.errno);
    const name = this.#world.name(task);
    const ret = this.#world.showTask(actor.task, task);
    this.#start(task, body!.steps, body!.exitCode);
    const answer: Answer = ok(ret, {
      ...(actor.isNested ? { process: name } : {}),
      ...(pidfd.value >= 0 ? { pidfd: pidfd.value } : {}),
    });
    yield* actor.turn();
    if (inputs['wait'] === false) return answer;
    return { ...answer, ...(yield* this.#waitFor(actor, task)) };
  }

  #clone(actor: Actor, call: string, inputs: Fields, pidfd: { value: number }) {
    const { kernel, task } = actor;
    if (call === 'fork') return fork(kernel, task);
    if (call === 'vfork') return vfork(kernel, task);
    const { args, word } = cloneRequest(inputs, pidfd);
    return call === 'clone'
      ? clone(kernel, task, word, { parentTid: pidfd })
      : clone3(kernel, task, { args });
  }

  *#waitFor(actor: Actor, child: Task): Running {
    if (child.group === actor.task.group) {
      yield* actor.until(() => child.exitState === 'dead', Number.POSITIVE_INFINITY);
      return { child_status: null };
    }
    const number = actor.number(this.#nameOf(actor, child));
    for (;;) {
      const result = wait4(actor.kernel, actor.task, number, WAIT.WALL);
      if (isRefusal(result)) return { child_status: null, wait_errno: result.errno };
      if (typeof result === 'object') return { child_status: result.waitStatus };
      assert(result === SLEEPS, 'a wait without WNOHANG sleeps');
      yield* actor.pause(Number.POSITIVE_INFINITY);
    }
  }

  #nameOf(actor: Actor, child: Task): unknown {
    return this.#world.showTask(actor.task, child);
  }

  /** The program of the recordings: it reports, and does what its arguments say. */
  *#program(actor: Actor, answer: Answer): Running<void> {
    const { argv, report, opensFile } = actor.program!;
    answer['reporter'] = report();
    yield* actor.turn();
    if (opensFile && !canOpen(actor)) {
      exitGroupWith(actor.kernel, actor.task, NO_REPORT);
      return;
    }
    for (const argument of argv.slice(1)) {
      const [word, value] = argument.split('=');
      if (word === 'pause') yield* actor.until(() => false, Number.POSITIVE_INFINITY);
      if (word === 'sleep') yield* actor.until(() => false, Number(value));
      if (word === 'exit') exitGroupWith(actor.kernel, actor.task, Number(value));
      if (word === 'exit') return;
    }
    exitGroupWith(actor.kernel, actor.task, 0);
  }
}

/** How the program ends that has no descriptor to report with. */
const NO_REPORT = 99;

function canOpen({ task }: Actor): boolean {
  const { cur } = task.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
  return !isRefusal(unusedFd(task.files!, cur));
}

/** Inputs of the steps that make a task. */
export const MAKER_INPUTS = [
  'flags',
  'exit_signal',
  'wait',
  'cgroup_fd',
  'stack',
  'set_tid',
  'in_pidfd',
  'nested',
];

/** The inputs of a step, by the names a call declares. */
export function inputsOf(recorded: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    Object.entries(recorded).filter(([key]) => names.includes(key)),
  ) as Fields;
}
