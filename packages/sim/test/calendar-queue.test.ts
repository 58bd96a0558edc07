import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CalendarQueue } from '../src/index.ts';

/** The slot with the earliest time, ties to the lowest slot. */
function earliest(pending: ReadonlyMap<number, number>): number {
  let best = -1;
  for (const [slot, time] of pending) {
    const bestTime = pending.get(best) ?? Infinity;
    if (time < bestTime || (time === bestTime && slot < best)) best = slot;
  }
  return best;
}

test('events come out by time, ties by slot, whatever the gaps between them', () => {
  const delays = fc.oneof(
    fc.nat(3),
    fc.integer({ min: 0, max: 5_000 }),
    fc.integer({ min: 0, max: 2 ** 45 }),
  );
  const runs = fc.record({
    slotCount: fc.integer({ min: 1, max: 70 }),
    delays: fc.array(delays, { minLength: 1, maxLength: 400 }),
  });
  fc.assert(
    fc.property(runs, ({ slotCount, delays: gaps }) => {
      const times = new Float64Array(slotCount);
      const queue = new CalendarQueue(times);
      const pending = new Map<number, number>();
      const push = (slot: number, time: number) => {
        times[slot] = time;
        queue.push(slot);
        pending.set(slot, time);
      };
      for (let slot = 0; slot < slotCount; slot++) push(slot, gaps[slot % gaps.length]!);
      for (const gap of gaps) {
        const slot = queue.pop();
        expect(slot).toBe(earliest(pending));
        const now = pending.get(slot)!;
        pending.delete(slot);
        times[slot] = now + gap;
        if (queue.leads(slot)) {
          expect([...pending.values()].every((time) => time > now + gap)).toBe(true);
        }
        push(slot, now + gap);
      }
      expect(queue.size).toBe(slotCount);
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('the order survives a change of the bucket width', () => {
  const times = new Float64Array(8);
  const queue = new CalendarQueue(times);
  const pending = new Map<number, number>();
  for (let slot = 0; slot < 8; slot++) {
    times[slot] = slot;
    queue.push(slot);
    pending.set(slot, slot);
  }
  for (let turn = 0; turn < 60_000; turn++) {
    const slot = queue.pop();
    expect(slot === earliest(pending)).toBe(true);
    // Gaps of a few picoseconds first, of microseconds later.
    const gap = turn < 30_000 ? 1 + (turn % 7) : 1_000_000 + (turn % 1013) * 997;
    times[slot] = times[slot]! + gap;
    queue.push(slot);
    pending.set(slot, times[slot]!);
  }
});

test('an empty queue says so', () => {
  expect(new CalendarQueue(new Float64Array(3)).pop()).toBe(-1);
});
