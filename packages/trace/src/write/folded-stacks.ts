// Ancestry as folded stacks, one line a stack with its weight, which flamegraph.pl, inferno and speedscope
// draw: how many processes, or how much time, each chain of programs stands for.
import { processName, type ProcessNode } from '../process/process-tree.ts';

/** What the width of a frame means: processes, or microseconds not spent by children. */
export type FoldedWeight = 'processes' | 'self-us';

/** Frames of a stack; beyond them a stack is cut at its root. */
const DEPTH_MAX = 200;

/**
 * Lines `a;b;c weight`, equal stacks added up, in the order of first sight. O(processes · depth).
 *
 * @see https://github.com/brendangregg/FlameGraph, stackcollapse
 */
export function foldedStacks(roots: readonly ProcessNode[], weight: FoldedWeight): string {
  const weights = new Map<string, number>();
  const pending = roots.map((node) => ({ node, names: [processName(node.record)] })).toReversed();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, names } = next;
    const stack = names.map(frame).join(';');
    weights.set(stack, (weights.get(stack) ?? 0) + (weight === 'processes' ? 1 : selfUs(node)));
    for (const child of node.children.toReversed()) {
      const name = processName(child.record, names.at(-1));
      pending.push({ node: child, names: [...names.slice(1 - DEPTH_MAX), name] });
    }
  }
  return [...weights].map(([stack, value]) => `${stack} ${value}\n`).join('');
}

/** The lifetime that no child covers, in whole microseconds; 0 where children outlive or overlap. */
function selfUs({ record, children }: ProcessNode): number {
  const ofChildren = children.reduce((sum, { record: child }) => sum + lifetimeNs(child), 0);
  return Math.max(0, Math.round((lifetimeNs(record) - ofChildren) / 1000));
}

function lifetimeNs({ startNs, endNs }: ProcessNode['record']): number {
  return endNs === undefined ? 0 : endNs - startNs;
}

function frame(name: string): string {
  return name.replace(/[;\s]/g, '_') || '?';
}
