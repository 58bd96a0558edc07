// Weights put to work: a mapping is really filled under WEIGHTED_INTERLEAVE, and the pages are counted where
// they came to lie.
import { assert } from '@forkless/errors';
import { createHolder, mbind, MPOL, Numa, PolicyPlacer } from '@forkless/mempolicy';
import { countPages, createMm, MAP, Memory, mmap, PAGE_SIZE, PROT, touchRange } from '@forkless/mm';
import type { SeenNode, Weights } from './throughput.ts';

/** Pages by the order of `nodes` after `pageCount` of them were placed with those weights. O(pageCount). */
export function placePages(
  nodes: readonly SeenNode[],
  weights: Weights,
  pageCount: number,
): readonly number[] {
  const width = Math.max(...nodes.map(({ node }) => node)) + 1;
  const ids = Array.from({ length: width }, (_, node) => node);
  const numa = new Numa(
    new Memory({
      nodes: ids.map((node) => ({ node, pages: 2 * pageCount })),
      fallbackOrder: (node) => [node, ...ids.filter((other) => other !== node)],
      nodeOfCpu: () => nodes[0]!.node,
    }),
  );
  const holder = createHolder(numa);
  const placer = new PolicyPlacer(holder);
  const mm = createMm(numa.memory, placer);
  holder.mm = mm;
  const length = pageCount * PAGE_SIZE;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const start = mmap(mm, { length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  assert(typeof start === 'number', 'there is room for the mapping');
  const used = nodes.flatMap(({ node }, i) => (weights[i]! > 0 ? [node] : []));
  nodes.forEach(({ node }, i) => numa.weights.set(node, weights[i]!));
  const mode = MPOL.WEIGHTED_INTERLEAVE;
  const bound = mbind(holder, { start, length, mode, nodemask: used, maxnode: width + 1 });
  assert(bound === 0, 'the policy is set');
  const { result } = touchRange(mm, { start, pageCount }, 'write', placer);
  assert(result === 'ok', 'there is memory for every page');
  const { byNode } = countPages(mm, start, start + length);
  return nodes.map(({ node }) => byNode.get(node) ?? 0);
}
