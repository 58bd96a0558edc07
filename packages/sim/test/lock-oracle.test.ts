import { describe, expect, test } from 'vitest';
import {
  compileForever,
  done,
  hold,
  lock,
  path,
  Simulation,
  uniformDistance,
  unlock,
  wait,
  work,
  type LockSpec,
  type PathPart,
} from '../src/index.ts';
import { testProfile } from './profile.ts';
import { birthDeathThroughput } from './reference/birth-death.ts';

const THINK_NS = 8_000;
const HOLD_NS = 400;
const TRANSFER_NS = 100;
const BATCHES = 30;
const BATCH_PS = 1.2e10;
/** Two-sided 99.9 % of Student's t with 29 degrees of freedom. */
const T_999 = 3.659;

const kinds = {
  queued: { service: (k: number) => HOLD_NS + (k > 1 ? 2 * TRANSFER_NS : 0) },
  ticket: { service: (k: number) => HOLD_NS + (TRANSFER_NS * (k - 1)) / 2 },
} as const;

function batches(spec: LockSpec, cpuCount: number, under: PathPart<undefined>) {
  const think = wait('think', 'think', 'exponential');
  const simulation = new Simulation({
    cpuCount,
    program: compileForever(path('cycle', think, lock('l'), under, unlock('l'), done('cycle'))),
    state: () => undefined,
    profile: testProfile(
      { think: THINK_NS, hold: HOLD_NS, 'transfer.any': TRANSFER_NS },
      { handoverTransfers: 2, ticketShare: 0.5 },
    ),
    distances: uniformDistance('any'),
    locks: { l: spec },
    seed: 7,
  });
  const rates: number[] = [];
  simulation.run({ untilPs: BATCH_PS });
  for (let batch = 2; batch <= BATCHES + 1; batch++) {
    const before = simulation.doneCount;
    simulation.run({ untilPs: batch * BATCH_PS });
    rates.push(((simulation.doneCount - before) / BATCH_PS) * 1e12);
  }
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / BATCHES;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (BATCHES - 1);
  return { mean, halfWidth: T_999 * Math.sqrt(variance / BATCHES) };
}

describe.each(['queued', 'ticket'] as const)('a %s lock', (kind) => {
  test.each([1, 4, 8, 12, 16, 20, 24, 64])(
    'with exponential think and hold times agrees with the closed birth–death chain, %i CPUs',
    (cpuCount) => {
      const memoryless = { kind, memoryless: true };
      const { mean, halfWidth } = batches(memoryless, cpuCount, hold('hold', 'l', 'hold'));
      const chain = birthDeathThroughput(cpuCount, THINK_NS, kinds[kind].service);
      expect(Math.abs(mean - chain)).toBeLessThanOrEqual(halfWidth);
      expect(halfWidth / chain).toBeLessThan(0.03);
    },
  );

  test('with fixed hold times does not follow the chain where it is neither idle nor saturated', () => {
    const { mean, halfWidth } = batches({ kind }, 16, work('hold', 'hold'));
    const chain = birthDeathThroughput(16, THINK_NS, kinds[kind].service);
    expect(mean - chain).toBeGreaterThan(halfWidth);
  });
});

test('the chain gives the table it is known by', () => {
  const kops = (kind: keyof typeof kinds, n: number) =>
    Math.round(birthDeathThroughput(n, THINK_NS, kinds[kind].service) / 1000);
  expect([1, 4, 8, 12, 16, 20, 24, 32, 64, 128].map((n) => kops('queued', n))).toEqual([
    119, 469, 906, 1278, 1530, 1640, 1664, 1667, 1667, 1667,
  ]);
  expect([1, 4, 8, 12, 16, 20, 24, 32, 64, 128].map((n) => kops('ticket', n))).toEqual([
    119, 472, 923, 1318, 1506, 1181, 840, 586, 291, 149,
  ]);
});
