import { explore, replay, traceSchedule } from '@forkless/sim';
import { expect, test } from 'vitest';
import { brokenExploration, BROKEN_WAYS } from '../../src/explored/broken-ways.ts';

test.each(BROKEN_WAYS)('$name is caught, and its schedule replays', (way) => {
  const explored = brokenExploration(way);
  const { counterExample, merged } = explore(explored, way.invariants);
  expect(counterExample?.invariant).toBe(way.breaks);
  const { schedule, message } = counterExample!;
  expect(traceSchedule(explored, schedule, merged).at(-1)!.cpu).toBe(schedule.at(-1));
  const { broken, when } = way.invariants.find(({ name }) => name === way.breaks)!;
  expect(broken(replay(explored, schedule, merged).world)).toBe(message);
  // A search finds the shortest first, so that nothing is broken one move before.
  const before = replay(explored, schedule.slice(0, -1), merged).world;
  if (when === 'always') expect(broken(before)).toBeUndefined();
});

test.each(BROKEN_WAYS)('nothing is broken without $name', (way) => {
  const found = explore(brokenExploration(way, { isMended: true }), way.invariants);
  expect(found.counterExample).toBeUndefined();
  expect(found.isComplete).toBe(true);
});
