import { InvariantError, refuse, ConfigError } from '@forkless/errors';
import { expect, test } from 'vitest';
import {
  change,
  compile,
  compileForever,
  done,
  LineSet,
  lock,
  locked,
  path,
  read,
  Simulation,
  slabAlloc,
  uniformDistance,
  unlock,
  wait,
  work,
  write,
  writeEach,
  type Path,
  type SimulationOptions,
} from '../src/index.ts';
import { testProfile } from './profile.ts';

function simulation<S = undefined>(
  steps: Path<S>,
  options: Partial<SimulationOptions<S>> & { forever?: boolean } = {},
) {
  return new Simulation<S>({
    cpuCount: 2,
    program: options.forever === true ? compileForever(steps) : compile(steps),
    state: () => undefined as S,
    profile: testProfile({
      tick: 10,
      think: 100,
      'transfer.any': 50,
      'line.memory': 80,
      'line.hit': 1,
    }),
    distances: uniformDistance('any'),
    locks: { l: { kind: 'queued' } },
    seed: 1,
    ...options,
  });
}

const churn = () =>
  path('churn', wait('think', 'think', 'uniform'), locked('l', [write('line')]), done('turn'));

test('one seed gives one result, however the run is cut', () => {
  const whole = simulation(churn(), { forever: true, cpuCount: 9 });
  whole.run({ untilPs: 5e8 });
  const parts = simulation(churn(), { forever: true, cpuCount: 9 });
  while (parts.run({ untilPs: 5e8, eventCountMax: 137 }) > 0);
  expect(JSON.stringify(parts.ledger())).toBe(JSON.stringify(whole.ledger()));
  const other = simulation(churn(), { forever: true, cpuCount: 9, seed: 2 });
  other.run({ untilPs: 5e8 });
  expect(JSON.stringify(other.ledger())).not.toBe(JSON.stringify(whole.ledger()));
});

test('a lock is held by one CPU at a time, first come first served', () => {
  const order: number[] = [];
  const enter = change<undefined>('enter', (_, cpu) => void order.push(cpu));
  const leave = change<undefined>('leave', (_, cpu) => void order.push(cpu));
  const late = work<undefined>('come late', 'tick', (_, cpu) => cpu);
  const steps = path('turns', late, lock('l'), enter, work('hold', 'think'), leave, unlock('l'));
  const run = simulation(steps, { cpuCount: 4 });
  run.run({});
  expect(order).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  expect(run.ledger().locks['l']).toMatchObject({
    trips: 4,
    contended: 3,
    queueMax: 3,
    holdNs: 400,
  });
});

test('giving back a lock that another CPU holds is our own bug', () => {
  expect(() => simulation(path('wrong', unlock('l'))).run({})).toThrow(InvariantError);
});

test('a line comes from memory first, from its last writer then, and not at all when it is there', () => {
  const steps = path(
    'touch',
    work('in turn', 'tick', (_: undefined, cpu) => cpu * 100),
    write('a'),
    read('a'),
  );
  const run = simulation(steps, { cpuCount: 3 });
  run.run({});
  expect(run.ledger().lines['a']).toMatchObject({ fromMemory: 1, transfers: { any: 2 }, hits: 3 });
});

test('a write takes the copies of all readers away', () => {
  const late = work<undefined>('in turn', 'tick', (_, cpu) => cpu * 100);
  const again = work<undefined>('later', 'tick', 1000);
  const run = simulation(path('share', late, read('a'), again, write('a')), { cpuCount: 3 });
  run.run({});
  // Reads: memory, and two transfers at most; then each write fetches from the farthest holder.
  const { fromMemory, transfers, hits } = run.ledger().lines['a']!;
  expect(fromMemory + transfers['any']! + hits).toBe(6);
  expect(hits).toBe(0);
});

test('requests for a line that is under way are served one after another', () => {
  const run = simulation(path('race', write('a'), done('end')), { cpuCount: 3 });
  run.run({});
  expect(run.nowPs).toBe(80_000 + 2 * 50_000);
  expect(run.ledger().lines['a']!.queueNs).toBe(80 + 130);
});

test('groups that lie on the same lines disturb each other', () => {
  const steps = path('share', write('count'), write('cursor'));
  const apart = simulation(steps, { cpuCount: 1 });
  apart.run({});
  expect(apart.ledger().lines['cursor']).toMatchObject({ fromMemory: 1, hits: 0 });
  const together = simulation(steps, { cpuCount: 1, sameLines: { count: 'cursor' } });
  together.run({});
  expect(together.ledger().lines['cursor']).toMatchObject({ fromMemory: 1, hits: 1 });
});

test('a step can touch the lines its state names, each once', () => {
  const lines = new LineSet();
  for (const line of [3, 40, 3]) lines.add(line);
  const steps = path(
    'walk',
    writeEach('node', () => lines),
    writeEach('node', () => lines),
  );
  const run = simulation(steps, { cpuCount: 1 });
  run.run({});
  expect(run.ledger().lines['node']).toMatchObject({ fromMemory: 2, hits: 2 });
});

test.each([
  [0, 160],
  [0.5, 120],
  [1, 80],
])('with an overlap of %d two lines from memory take %d ns', (overlap, ns) => {
  const lines = new LineSet();
  for (const line of [3, 40]) lines.add(line);
  const steps = path(
    'walk',
    writeEach('node', () => lines),
    done('walk'),
  );
  const profile = testProfile({ 'line.memory': 80 }, { overlap });
  const run = simulation(steps, { cpuCount: 1, profile });
  run.run({});
  expect(run.nowPs).toBe(ns * 1000);
});

test('slab objects are counted by cache and node', () => {
  const steps = path('make', slabAlloc('task_struct', { bytes: 5888, count: 2 }));
  const run = simulation(steps, { nodeOf: (cpu) => cpu });
  run.run({});
  expect(run.ledger().slabs).toEqual([
    { cache: 'task_struct', node: 0, objectBytes: 5888, allocs: 2, frees: 0 },
    { cache: 'task_struct', node: 1, objectBytes: 5888, allocs: 2, frees: 0 },
  ]);
});

test('a refused turn is counted, cleaned up after, and the next one begins', () => {
  let turn = 0;
  const odd = change<undefined>('every other', () =>
    turn++ % 2 === 0 ? undefined : refuse('EAGAIN', 'odd'),
  );
  const steps = path('turns', work('tick', 'tick'), locked('l', [odd]), done('turn'));
  const run = simulation(steps, { forever: true, cpuCount: 1 });
  run.run({ eventCountMax: 100 });
  // The first event starts the first turn; each later one ends a turn.
  expect(run.ledger()).toMatchObject({ done: 50, refusals: { EAGAIN: 49 } });
  expect(run.ledger().locks['l']).toMatchObject({ trips: 99, contended: 0 });
});

test('a path that never takes time is stopped', () => {
  const steps = path(
    'circle',
    change('nothing', () => undefined),
  );
  expect(() => simulation(steps, { forever: true }).run({})).toThrow(InvariantError);
});

test('a figure that the profile lacks is named with the path that needs it', () => {
  const steps = path('walk', work('step', 'idr.step'));
  expect(() => simulation(steps)).toThrow(
    new ConfigError("cost profile 'test' has no figure 'idr.step', which path 'walk' needs"),
  );
});

test('the number of CPUs is checked', () => {
  expect(() => simulation(churn(), { cpuCount: 0 })).toThrow(ConfigError);
  expect(() => simulation(churn(), { cpuCount: 4097 })).toThrow(ConfigError);
});

test('a lock can be asked who holds it and who waits, in the order of their coming', () => {
  const race = simulation(path('hold for long', lock('l'), work('hold', 'tick'), unlock('l')), {
    cpuCount: 4,
    locks: { l: { kind: 'queued' } },
    forever: true,
  });
  race.run({ eventCountMax: 5 });
  const { holder, waiters } = race.lockState('l');
  expect([holder, ...waiters].toSorted()).toEqual([0, 1, 2, 3]);
  expect(race.lockCountOf('l')).toBe(1);
  expect(race.lockState('none')).toEqual({ holder: -1, waiters: [] });
});
