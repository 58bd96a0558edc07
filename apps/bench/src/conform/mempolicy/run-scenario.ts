// Runs a scenario on the model: every step is given its inputs alone and gives its answers.
import { assert } from '@forkless/errors';
import { fileCalls } from './calls/file-calls.ts';
import { memoryCalls } from './calls/memory-calls.ts';
import { policyCalls } from './calls/policy-calls.ts';
import { processCalls } from './calls/process-calls.ts';
import type { Handler } from './answer.ts';
import type { Json } from './fields.ts';
import type { RecordedStep, Scenario } from './scenario.ts';
import { World } from './world.ts';

/** What the model says of a scenario. */
export interface ScenarioAnswers {
  /** By step; null where the process was dead. */
  readonly steps: readonly (Json | null)[];
  readonly exitStatus: number;
}

const handlers: Readonly<Record<string, Handler>> = {
  ...policyCalls,
  ...memoryCalls,
  ...fileCalls,
  ...processCalls,
};

/** Executes a step through a handler. A real kernel can stand here instead of the model. */
export function answerStep(world: World, { call, inputs }: RecordedStep): Json {
  const handler = handlers[call];
  assert(handler !== undefined, `the call ${call} has a handler`);
  return handler(world, inputs);
}

/** Runs all steps in order; those between fork and child_exit run in the child. */
export function runScenario(scenario: Scenario): ScenarioAnswers {
  const world = new World(scenario);
  const first = world.current;
  const answers: (Json | null)[] = [];
  const forks: { readonly step: number; readonly isBorn: boolean }[] = [];
  for (const [index, step] of scenario.steps.entries()) {
    if (step.call === 'child_exit') {
      answers.push({});
      const fork = forks.pop();
      if (fork?.isBorn === true) answers[fork.step] = { child_status: endChild(world) };
      continue;
    }
    const isAlive = world.current.waitStatus === null;
    if (step.call === 'fork' || step.call === 'clone_vm')
      forks.push({ step: index, isBorn: isAlive });
    if (!isAlive) {
      answers.push(null);
      continue;
    }
    const answer = answerStep(world, step);
    answers.push(world.current.waitStatus === null ? answer : null);
  }
  if (first.waitStatus === null) first.exit(0);
  return { steps: answers, exitStatus: first.waitStatus ?? 0 };
}

function endChild(world: World): number {
  const child = world.current;
  if (child.waitStatus === null) child.exit(0);
  assert(child.parent !== null, 'a child has a parent');
  world.current = child.parent;
  return child.waitStatus ?? 0;
}
