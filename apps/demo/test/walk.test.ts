import { BROKEN_WAYS } from '@forkless/pid';
import { expect, test } from 'vitest';
import { walkCsv, walkSvg, walkText, walkTrace } from '../src/views/interleavings/walk-files.ts';
import { walkOf } from '../src/views/interleavings/walk.ts';

test.each(BROKEN_WAYS)('$name: the walk ends where it breaks, move by move', ({ name, breaks }) => {
  const walk = walkOf({ way: name, cpuCount: 2, isMended: false });
  expect(walk.broken?.invariant).toBe(breaks);
  expect(walk.states).toHaveLength(walk.schedule.length + 1);
  expect(walk.states.slice(1).map(({ mover }) => mover)).toEqual(walk.schedule);
  for (const { holder, cpus } of walk.states) {
    expect(cpus.findIndex(({ holds }) => holds)).toBe(holder);
    expect(cpus.every(({ waits }) => !waits || holder >= 0)).toBe(true);
  }
  for (const { mover, steps, holder } of walk.states.slice(1)) {
    expect(steps.length).toBeGreaterThan(0);
    if (steps.at(-1) === 'lock pidmap_lock') expect(holder).toBe(mover);
  }
});

test.each(BROKEN_WAYS)('$name, mended: there is nothing to walk through', ({ name }) => {
  const walk = walkOf({ way: name, cpuCount: 2, isMended: true });
  expect([walk.broken, walk.isComplete, walk.schedule]).toEqual([undefined, true, []]);
});

test('a walk is saved as text, table, drawing and timeline', () => {
  const walk = walkOf({ way: BROKEN_WAYS[0]!.name, cpuCount: 2, isMended: false });
  const moves = walk.schedule.length;
  expect(walkText(walk)).toContain(`schedule ${walk.schedule.join(' ')}`);
  expect(walkText(walk).match(/^ +\d+ {2}CPU/gm)).toHaveLength(moves);
  expect(walkCsv(walk).trimEnd().split('\n')).toHaveLength(moves + 1);
  expect(walkSvg(walk)).toContain(walk.broken!.message);
  const { traceEvents } = JSON.parse(walkTrace(walk)) as { traceEvents: { ph: string }[] };
  expect(traceEvents.filter(({ ph }) => ph === 'X')).toHaveLength(moves);
});
