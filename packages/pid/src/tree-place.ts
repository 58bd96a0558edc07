// Where the nodes of a tree lie: in a buffer that grows, or in words that threads share and that have to
// be enough from the start.

import { arenaByteLength } from '@forkless/xarray';
import type { DesignOptions } from './designs/design.ts';
import { LINE_WORDS } from './designs/line-words.ts';

const LEAF_IDS = 64;

/** The most nodes of 64 slots that so many live ids below `end` can take. */
export function nodesMax(end: number, liveMax: number): number {
  let nodes = 0;
  for (let reach = LEAF_IDS; ; reach *= LEAF_IDS) {
    const level = Math.max(1, Math.min(liveMax, Math.ceil(end / reach)));
    nodes += level;
    if (reach >= end) return nodes;
  }
}

/**
 * The shared words of a tree, undefined where it lies in a buffer of its own. Behind the nodes there is
 * a cache line that no node fits in, for what its user keeps beside the tree.
 */
export function treeWords(options: DesignOptions): Int32Array | undefined {
  const { end, place = 'private', liveMax = end } = options;
  if (place === 'private') return undefined;
  if (place !== 'shared') return place;
  // A freshly taken id may need its nodes before the one it follows is gone.
  const bytes = arenaByteLength(nodesMax(end, liveMax + 1)) + LINE_WORDS * 4;
  return new Int32Array(new SharedArrayBuffer(bytes));
}
