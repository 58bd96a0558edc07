// The two ways in which masks of nodes follow the nodes a task may use: by position in the allowed set,
// and by remapping one allowed set onto another.
import { Nodemask } from '@forkless/mm';

/**
 * The mask counted from the first allowed node: bit b is the (b mod count)-th allowed node.
 *
 * @see mm/mempolicy.c, mpol_relative_nodemask(); lib/bitmap.c, bitmap_fold(), bitmap_onto(), v6.12
 */
export function relativeNodes(mask: Nodemask, allowed: Nodemask): Nodemask {
  if (allowed.count === 0) return allowed;
  return Nodemask.of(mask.members.map((node) => allowed.members[node % allowed.count]!));
}

/**
 * Each node of `mask` that is the n-th of `from` becomes the (n mod count)-th of `to`; others stay.
 *
 * @see lib/bitmap.c, bitmap_remap(), v6.12
 */
export function remapNodes(mask: Nodemask, from: Nodemask, to: Nodemask): Nodemask {
  return Nodemask.of(mask.members.map((node) => remapNode(node, from, to)));
}

/** `remapNodes` of one node. @see lib/bitmap.c, bitmap_bitremap(), v6.12 */
export function remapNode(node: number, from: Nodemask, to: Nodemask): number {
  const rank = from.members.indexOf(node);
  return rank < 0 || to.count === 0 ? node : to.members[rank % to.count]!;
}
