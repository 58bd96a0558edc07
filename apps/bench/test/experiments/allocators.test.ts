// The experiments about allocators: each runs quickly at a small size, twice to the same result, says
// something of every claim, and what it counts is what the paths must count.
import { expect, describe, test } from 'vitest';
import { allocatorScaling } from '../../src/experiments/allocator-scaling/allocator-scaling.ts';
import { kneeOf } from '../../src/experiments/allocator-scaling/knee.ts';
import type { Experiment, ParameterValue } from '../../src/experiments/experiment.ts';
import { namespaceDepth } from '../../src/experiments/namespace-depth.ts';
import { pidPredictability } from '../../src/experiments/pid-predictability.ts';
import { procWalk } from '../../src/experiments/proc-walk.ts';
import { resolveParams } from '../../src/experiments/resolve-params.ts';
import { slabCalls } from '../../src/experiments/slab-calls.ts';

const run = (
  experiment: Experiment,
  params: Record<string, ParameterValue> = {},
  machine?: string,
) =>
  experiment.run({
    seed: 1,
    ...(machine === undefined ? {} : { machine }),
    params: { ...resolveParams(experiment, []), ...params },
    progress() {},
  });

const quick: readonly [Experiment, Record<string, ParameterValue>, string?][] = [
  [allocatorScaling, { measuredMs: 0.2 }, 'epyc-1s-24'],
  [namespaceDepth, { measuredMs: 0.2, cpus: 4 }],
  [slabCalls, {}],
  [procWalk, {}],
  [pidPredictability, { cpus: 4 }],
];

describe.each(quick.map(([one, ...rest]) => [one.name, one, ...rest] as const))(
  '%s',
  (_name, experiment, params, machine) => {
    test('gives one result for one seed, with an answer to every claim', () => {
      const result = run(experiment, params, machine);
      expect(run(experiment, params, machine)).toEqual(result);
      expect(result.claims.map(({ id }) => id)).toEqual(experiment.claims.map(({ id }) => id));
      for (const row of result.rows) {
        expect(Object.keys(row)).toEqual(experiment.columns.map(({ key }) => key));
      }
      expect(experiment.plots(result).length).toBeGreaterThan(0);
    });
  },
);

test('a lock trip a level and one to publish, or one for all', () => {
  const { rows } = run(namespaceDepth, { measuredMs: 0.1, cpus: 2 });
  for (const row of rows) {
    const level = Number(row['level']);
    const trips = ['idr618', 'idr70', 'idrPerNamespace', 'rangeRadix'].map(
      (key) => row[`${key}Trips`],
    );
    expect(trips).toEqual([level + 3, 2, 3 * (level + 1), 2]);
  }
});

test('an IDR that fills up makes a node for 63 ids', () => {
  const { rows, counted } = run(slabCalls);
  const full = rows.find(({ space, live }) => space === 4_194_304 && live === 32_000)!;
  expect(Number(full['fill'])).toBeCloseTo(Number(counted['derived']!.value), 1);
});

test.each(['threads', 'processes', 'producer-consumer', 'nested'])(
  '%s are raced, also with the other locks',
  (workload) => {
    const { rows } = run(
      allocatorScaling,
      { workload, otherLocks: true, measuredMs: workload === 'processes' ? 1 : 0.1 },
      'epyc-1s-24',
    );
    for (const row of rows) for (const rate of Object.values(row)) expect(rate).toBeGreaterThan(0);
  },
);

test('a knee is where a CPU more brings less than four fifths of the first', () => {
  expect(
    kneeOf([
      [1, 10],
      [2, 20],
      [4, 38],
      [8, 40],
      [16, 160],
    ]),
  ).toBe(4);
});
