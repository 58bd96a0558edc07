// A path in words: one line a step, indented where it depends on something, and the difference of two.

import type { PathNode } from '@forkless/sim';
import type { SpawnCall } from '../spawn-call.ts';

/** One line of a printed path. */
export interface PathLine {
  readonly depth: number;
  readonly text: string;
}

/** The steps of a path in words; what undoes a refused step is left out unless `withUndo`. O(steps). */
export function pathLines(nodes: readonly PathNode<SpawnCall>[], withUndo = false): PathLine[] {
  return linesOf(nodes, 0, withUndo);
}

function linesOf(
  nodes: readonly PathNode<SpawnCall>[],
  depth: number,
  withUndo: boolean,
): PathLine[] {
  return nodes.flatMap((node): PathLine[] => {
    switch (node.kind) {
      case 'when':
        return [{ depth, text: `if ${node.name}:` }, ...linesOf(node.body, depth + 1, withUndo)];
      case 'attempt':
        return [
          ...linesOf(node.body, depth, withUndo),
          ...(withUndo && node.cleanup.length > 0
            ? [
                { depth, text: `if refused, ${node.name}:` },
                ...linesOf(node.cleanup, depth + 1, withUndo),
              ]
            : []),
        ];
      case 'work':
        return [{ depth, text: `${node.name}${timesOf(node.times)}` }];
      default:
        return [{ depth, text: node.name }];
    }
  });
}

function timesOf(times: unknown): string {
  return typeof times === 'number' && times !== 1 ? ` × ${times}` : '';
}

/** A line of a difference: in both paths, or in one of them only. */
export interface DifferenceLine extends PathLine {
  readonly side: 'both' | 'first' | 'second';
}

/** Two lists of lines side by side: a longest common subsequence. O(first · second). */
export function comparePaths(
  first: readonly PathLine[],
  second: readonly PathLine[],
): DifferenceLine[] {
  const lengths = commonLengths(first, second);
  const lines: DifferenceLine[] = [];
  let at = 0;
  let beside = 0;
  while (at < first.length || beside < second.length) {
    const mine = first[at];
    const theirs = second[beside];
    if (mine !== undefined && theirs !== undefined && isSame(mine, theirs)) {
      lines.push({ ...mine, side: 'both' });
      at++;
      beside++;
    } else if (
      theirs === undefined ||
      (mine !== undefined && lengths[at + 1]![beside]! >= lengths[at]![beside + 1]!)
    ) {
      lines.push({ ...mine!, side: 'first' });
      at++;
    } else {
      lines.push({ ...theirs, side: 'second' });
      beside++;
    }
  }
  return lines;
}

function isSame(one: PathLine, other: PathLine): boolean {
  return one.depth === other.depth && one.text === other.text;
}

function commonLengths(first: readonly PathLine[], second: readonly PathLine[]): number[][] {
  const lengths = Array.from({ length: first.length + 1 }, () =>
    Array.from({ length: second.length + 1 }, () => 0),
  );
  for (let at = first.length - 1; at >= 0; at--) {
    for (let beside = second.length - 1; beside >= 0; beside--) {
      lengths[at]![beside] = isSame(first[at]!, second[beside]!)
        ? lengths[at + 1]![beside + 1]! + 1
        : Math.max(lengths[at + 1]![beside]!, lengths[at]![beside + 1]!);
    }
  }
  return lengths;
}
