import { expect, test } from 'vitest';
import { ID_STATE, Lane, type LaneOptions } from '../src/views/race/lane.ts';
import { raceCsv, raceSvg, raceTrace } from '../src/views/race/race-files.ts';
import { RateHistory, SAMPLES_MAX } from '../src/views/race/rate-history.ts';

const OPTIONS: LaneOptions = {
  design: 'idr',
  locking: 'each-level',
  kernel: '6.18',
  machine: 'epyc-1s-24',
  cpuCount: 4,
  seed: 3,
};

test('single steps lead where a run leads, and each says what it took and touched', () => {
  const stepping = new Lane(OPTIONS);
  const steps = Array.from({ length: 400 }, () => stepping.step());
  const running = new Lane(OPTIONS);
  running.runTo(stepping.nowPs);
  expect(stepping.report(false).pairCount).toBe(running.report(false).pairCount);
  // Events come in the order of time, ties by CPU.
  for (let at = 1; at < steps.length; at++) {
    expect(steps[at]!.startPs).toBeGreaterThanOrEqual(steps[at - 1]!.startPs);
  }
  const waits = steps.filter(({ tookPs }) => tookPs === undefined);
  expect(waits.length).toBeGreaterThan(0);
  for (const { touched } of waits) expect(touched.join()).toContain('queues for pidmap_lock');
  expect(steps.some(({ touched }) => touched.includes('takes pidmap_lock'))).toBe(true);
  expect(steps.some(({ touched }) => touched.some((what) => what.includes('made on node')))).toBe(
    true,
  );
  expect(steps.every(({ tookPs }) => tookPs === undefined || tookPs > 0)).toBe(true);
});

test('the picture of the ids tells live ones from used ones', () => {
  const lane = new Lane(OPTIONS);
  lane.runTo(1e8);
  const { ids, liveCount, lastId, cpus } = lane.report(false);
  expect(cpus).toHaveLength(4);
  expect([...ids].filter((state) => state >= ID_STATE.live)).toHaveLength(liveCount);
  expect([...ids.subarray(1, lastId + 1)].every((state) => state !== ID_STATE.neverUsed)).toBe(
    true,
  );
});

test('a history of any length keeps a bounded number of samples and loses no pairs', () => {
  const history = new RateHistory(2);
  for (let report = 1; report <= 5000; report++) history.add(report * 1e9, [report * 3, report]);
  expect(history.length).toBeLessThan(SAMPLES_MAX);
  const [times, three, one] = history.curves();
  expect(times!.at(-1)).toBe(5e6);
  for (const rate of three!) expect(rate).toBeCloseTo(3000, 6);
  for (const rate of one!) expect(rate).toBeCloseTo(1000, 6);
  history.add(1, [0, 0]);
  expect(history.lately(0)).toBeCloseTo(3000, 6);
});

test('a race is saved as table, drawing and timeline', () => {
  const lane = new Lane(OPTIONS);
  const history = new RateHistory(1);
  for (let us = 100; us <= 500; us += 100) {
    lane.runTo(us * 1e6);
    history.add(us * 1e6, [lane.report(false).pairCount]);
  }
  const file = { names: ['a, "quoted"'], history, steps: [[lane.step()]] };
  expect(raceCsv(file).split('\n')[0]).toBe('us,"a, ""quoted"""');
  expect(raceCsv(file).trimEnd().split('\n')).toHaveLength(6);
  expect(raceSvg(file).match(/<polyline/g)!.length).toBe(3);
  const { traceEvents } = JSON.parse(raceTrace(file)) as { traceEvents: { ph: string }[] };
  expect(traceEvents.map(({ ph }) => ph).join('')).toBe('MMXCCCCC');
});
