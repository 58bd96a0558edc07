// Parents nobody fitted anything on: every axis at once, drawn by a seed.
import { RandomStreams } from '@forkless/sim';
import { histories, parentWith, type Mechanism, type Parent } from './parent.ts';

const drawnMechanisms: readonly Mechanism[] = [
  'fork',
  'fork',
  'fork-exit',
  'vfork',
  'posix-spawn',
  'vfork-close',
  'vfork-own-table',
];

/** `count` parents; one seed gives the same ones. */
export function drawParents(count: number, seed: number): readonly Parent[] {
  const random = new RandomStreams(seed, 1);
  const pick = <T>(items: readonly T[]): T => items[random.nextBelow(0, items.length)]!;
  const isTrue = () => random.nextBelow(0, 2) === 1;
  /** Even in the logarithm. */
  const between = (low: number, high: number) =>
    Math.round(low * (high / low) ** random.nextUnit(0));
  return Array.from({ length: count }, () => {
    const mechanism = pick(drawnMechanisms);
    return parentWith({
      mechanism,
      program: mechanism !== 'fork-exit' && isTrue() ? 'dynamic' : 'static',
      rss: between(2, 512),
      history: pick(histories),
      huge: random.nextBelow(0, 4) === 0 ? 2 * between(16, 256) : 0,
      mappings: isTrue() ? between(10, 4000) : 0,
      touched: isTrue(),
      files: isTrue() ? between(10, 5000) : 0,
      inherit: isTrue(),
      threads: pick([1, 1, 2, 4, 8, 16]),
    });
  });
}
