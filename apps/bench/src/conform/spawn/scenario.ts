// A recorded scenario as a tree: steps in order, with the steps of a child inside the step that made it.
// Inputs and answers are kept apart, so that the model never sees an answer.

import { ConfigError } from '@forkless/errors';

/** A value of a recording. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Named values: the inputs of a step, or its answers. */
export type Fields = Readonly<Record<string, Json>>;

/** One step as it is recorded. */
export type RecordedStep = Fields & { readonly call: string };

/** A step in its place. */
export interface Step {
  /** Its place in the file, from 0. */
  readonly at: number;
  readonly call: string;
  /** Everything recorded; only the comparison looks at it. */
  readonly recorded: RecordedStep;
  /** The steps of the child it makes, and how the child ends. */
  readonly child: { readonly steps: readonly Step[]; readonly exitCode: number } | undefined;
}

/** A recorded scenario. */
export interface Scenario {
  readonly name: string;
  readonly exitStatus: number;
  readonly steps: readonly Step[];
}

const MAKERS: ReadonlySet<string> = new Set(['fork', 'vfork', 'clone', 'clone3']);

/** Reads a scenario; `file` is named in what it says about bad input. */
export function parseScenario(text: string, file: string): Scenario {
  const { name, exit_status: exitStatus, steps } = JSON.parse(text) as Record<string, Json>;
  if (typeof name !== 'string' || !Array.isArray(steps)) {
    throw new ConfigError(`${file}: expected a scenario with a name and steps.`);
  }
  const reader = new StepReader(steps as readonly RecordedStep[]);
  return { name, exitStatus: Number(exitStatus ?? 0), steps: reader.readUntilExit().steps };
}

class StepReader {
  readonly #recorded: readonly RecordedStep[];
  #at = 0;

  constructor(recorded: readonly RecordedStep[]) {
    this.#recorded = recorded;
  }

  readUntilExit(): { steps: Step[]; exitCode: number } {
    const steps: Step[] = [];
    while (this.#at < this.#recorded.length) {
      const at = this.#at++;
      const recorded = this.#recorded[at]!;
      const { call } = recorded;
      if (call === 'child_exit') return { steps, exitCode: Number(recorded['code'] ?? 0) };
      const child = MAKERS.has(call) ? this.readUntilExit() : undefined;
      steps.push({ at, call, recorded, child });
    }
    return { steps, exitCode: 0 };
  }
}

/** All steps of a scenario in the order of the file. */
export function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...allSteps(step.child?.steps ?? [])]);
}
