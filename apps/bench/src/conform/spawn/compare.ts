// Holding answers against a recording: exactly, but for what its README says is not to be compared.

import type { Answer, CallTable } from './call.ts';
import type { Outcome } from './run-scenario.ts';
import {
  allSteps,
  type Fields,
  type Json,
  type RecordedStep,
  type Scenario,
  type Step,
} from './scenario.ts';

/** A step that was compared and differs. */
export interface Difference {
  readonly step: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** A step that was not compared, with the line of the README that says so. */
export interface Skip {
  readonly step: string;
  readonly rule: string;
}

/** What comparing one file came to. */
export interface Comparison {
  readonly checks: number;
  readonly differences: readonly Difference[];
  readonly skips: readonly Skip[];
}

const ORDERS = 'steps that only order things (sleep, post, await…) have no answer worth comparing';

/** Keys that are neither inputs nor answers. */
const ABOUT: ReadonlySet<string> = new Set(['call', 'unstable', 'alternatives']);

/** Compares every step of a scenario, and how its first process ended. */
export function compareScenario(
  scenario: Scenario,
  outcome: Outcome,
  calls: CallTable,
  makerInputs: readonly string[],
): Comparison {
  const differences: Difference[] = [];
  const skips: Skip[] = [];
  let checks = 1;
  if (outcome.exitStatus !== scenario.exitStatus) {
    differences.push({
      step: 'exit_status of p0',
      expected: scenario.exitStatus,
      got: outcome.exitStatus ?? null,
    });
  }
  for (const step of allSteps(scenario.steps)) {
    const name = `${step.at} ${step.call}`;
    const rule = skipRule(step, calls);
    if (rule !== undefined) {
      skips.push({ step: name, rule });
      continue;
    }
    const inputs = step.child === undefined ? (calls[step.call]?.inputs ?? []) : makerInputs;
    const got = outcome.answers.get(step.at) ?? { not_run: true };
    const expected = answersOf(step.recorded, inputs);
    checks++;
    const wrong = differenceOf(expected, got, step.recorded);
    if (wrong !== undefined) differences.push({ step: name, ...wrong });
  }
  return { checks, differences, skips };
}

function skipRule({ recorded, call }: Step, calls: CallTable): string | undefined {
  if (recorded['posted'] === false) return undefined;
  return calls[call]?.onlyOrders === true ? ORDERS : undefined;
}

/** What is recorded of a step besides its inputs. */
export function answersOf(recorded: RecordedStep, inputs: readonly string[]): Fields {
  return Object.fromEntries(
    Object.entries(recorded).filter(([key]) => !inputs.includes(key) && !ABOUT.has(key)),
  ) as Fields;
}

function differenceOf(
  expected: Fields,
  got: Answer,
  recorded: RecordedStep,
): { expected: unknown; got: unknown } | undefined {
  const candidates = [expected, ...alternativesOf(recorded, expected)];
  if (candidates.some((candidate) => matches(candidate, got))) return undefined;
  const wrong = Object.keys(expected).filter((key) => !equal(expected[key]!, got[key]));
  return {
    expected: pick(expected, wrong),
    got: pick(got, 'not_run' in got ? ['not_run'] : wrong),
  };
}

function alternativesOf(recorded: RecordedStep, expected: Fields): Fields[] {
  const alternatives = recorded['alternatives'];
  if (recorded['unstable'] !== true || !Array.isArray(alternatives)) return [];
  return alternatives.map((alternative) => ({ ...expected, ...(alternative as Fields) }));
}

function matches(expected: Fields, got: Answer): boolean {
  return Object.keys(expected).every((key) => equal(expected[key]!, got[key]));
}

/** A number the model knows only the bounds of, both included: the kernel draws it at random. */
export class Within {
  readonly least: number;
  readonly most: number;

  constructor(least: number, most: number) {
    this.least = least;
    this.most = most;
  }

  holds(value: unknown): boolean {
    return typeof value === 'number' && value >= this.least && value <= this.most;
  }
}

/** An object need only hold what was recorded: of a state only some fields are. */
function equal(expected: Json, got: unknown): boolean {
  if (got instanceof Within) return got.holds(expected);
  if (typeof got === 'string' && isRepeated(expected)) {
    return got === expected.repeat.repeat(expected.len);
  }
  if (expected === null || typeof expected !== 'object') return Object.is(expected, got ?? null);
  if (got === null || typeof got !== 'object') return false;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(got) &&
      got.length === expected.length &&
      expected.every((item: Json, at) => equal(item, got[at]))
    );
  }
  return Object.entries(expected).every(([key, value]) =>
    equal(value, (got as Record<string, unknown>)[key]),
  );
}

/** How recordings write a long string of one character. */
function isRepeated(value: Json): value is { readonly repeat: string; readonly len: number } {
  return typeof value === 'object' && value !== null && 'repeat' in value && 'len' in value;
}

function pick(from: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    keys.map((key) => [key, (from as Record<string, unknown>)[key] ?? null]),
  );
}
