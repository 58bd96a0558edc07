// Which of a child's objects lie on the parent's node, by rung of the ladder and by who does the work.

import type { SpawnObject } from './objects.ts';

/** Who looks the program up, runs the actions and makes the memory. */
export type Executor = 'parent' | 'child';

/** A way to place. */
export interface Placement {
  /** 0 to 4. */
  readonly level: number;
  readonly executor: Executor;
  /** Who probes the directories of PATH; the executor when left out. */
  readonly prober?: Executor;
}

/** What lies on the wrong node. */
export interface Misplaced {
  readonly objects: number;
  readonly bytes: number;
  /** Cache lines of objects that the child still has when its program runs. */
  readonly lines: number;
  readonly what: readonly string[];
}

const LINE = 64;

/** Whether an object is on the parent's node although the child is to run on another. */
export function isMisplaced(
  { level, phase, what }: SpawnObject,
  { level: rung, executor, prober = executor }: Placement,
): boolean {
  if (level <= rung) return false;
  if (phase === 'task') return true;
  return (what === 'negative dentry of a probe' ? prober : executor) === 'parent';
}

/** All that is misplaced. */
export function misplacedOf(objects: readonly SpawnObject[], placement: Placement): Misplaced {
  const wrong = objects.filter((one) => one.count > 0 && isMisplaced(one, placement));
  const sum = (of: (one: SpawnObject) => number) => wrong.reduce((all, one) => all + of(one), 0);
  return {
    objects: sum(({ count }) => count),
    bytes: sum(({ bytes }) => bytes),
    lines: sum(({ bytes, isKept }) => (isKept ? Math.ceil(bytes / LINE) : 0)),
    what: wrong.map(({ what }) => what),
  };
}
