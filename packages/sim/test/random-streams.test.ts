import { expect, test } from 'vitest';
import { RandomStreams } from '../src/index.ts';

const draw = (random: RandomStreams, stream: number, count: number) =>
  Array.from({ length: count }, () => random.nextUint32(stream));

function mean(next: () => number): number {
  let sum = 0;
  for (let turn = 0; turn < 200_000; turn++) sum += next();
  return sum / 200_000;
}

test('a stream depends on the seed and its number alone', () => {
  const alone = new RandomStreams(5, 4);
  const mixed = new RandomStreams(5, 4);
  draw(mixed, 0, 100);
  expect(draw(mixed, 3, 50)).toEqual(draw(alone, 3, 50));
  expect(draw(new RandomStreams(6, 4), 3, 50)).not.toEqual(draw(new RandomStreams(5, 4), 3, 50));
  expect(draw(alone, 1, 50)).not.toEqual(draw(alone, 2, 50));
});

test('seeds beyond 2^32 differ from their low halves', () => {
  expect(draw(new RandomStreams(2 ** 40 + 1, 1), 0, 8)).not.toEqual(
    draw(new RandomStreams(1, 1), 0, 8),
  );
});

test('unit and exponential draws have the means they should', () => {
  const random = new RandomStreams(1, 1);
  expect(mean(() => random.nextUnit(0))).toBeCloseTo(0.5, 2);
  expect(mean(() => random.nextExponential(0))).toBeCloseTo(1, 1);
  expect(mean(() => random.nextBelow(0, 10))).toBeCloseTo(4.5, 1);
});
