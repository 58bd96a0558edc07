// Which mappings may hold the same anonymous pages: the tree of anon_vmas that fork grows, and the chains
// that tie a mapping to all of them. Kept because it decides which mappings merge, and because fork
// allocates from it: one object for each link of the parent's chain.
import type { Counts } from '../counters.ts';

/** One anon_vma: the root of a lineage, or what a child of fork put below its parent's. */
export class AnonVma {
  readonly parent: AnonVma;
  /** Children of fork, and itself if it is a root. */
  childCount = 0;
  /** Mappings whose own anon_vma this is. */
  activeVmas = 0;
  /** Chain links that point here. */
  links = 0;

  constructor(parent?: AnonVma) {
    this.parent = parent ?? this;
    this.parent.childCount++;
  }
}

/** What a mapping has of it. */
export interface AnonVmaHolder {
  anonVma: AnonVma | null;
  /** Every anon_vma whose pages the mapping may hold, the oldest first. */
  anonVmaChain: AnonVma[];
}

/** Gives a mapping that has none an anon_vma of its own, or the neighbour's it may share. */
export function prepareAnonVma(
  holder: AnonVmaHolder,
  mergeable: AnonVma | null,
  counts: Counts,
): void {
  const anonVma = mergeable ?? new AnonVma();
  if (mergeable === null) counts.anon_vma_prepare++;
  counts.avc_prepare++;
  anonVma.activeVmas++;
  anonVma.links++;
  holder.anonVma = anonVma;
  holder.anonVmaChain.push(anonVma);
}

/**
 * Links `to` to everything `from` is linked to. When `to` has no anon_vma of its own yet (fork), an
 * abandoned one of the lineage is taken over.
 *
 * @see mm/rmap.c, anon_vma_clone(), v6.12
 */
export function cloneAnonVma(to: AnonVmaHolder, from: AnonVmaHolder, counts: Counts): void {
  for (const anonVma of from.anonVmaChain) {
    to.anonVmaChain.push(anonVma);
    anonVma.links++;
    counts.avc_clone++;
    const abandoned = anonVma.childCount < 2 && anonVma.activeVmas === 0;
    if (to.anonVma === null && from.anonVma !== null && abandoned) to.anonVma = anonVma;
  }
  if (to.anonVma !== null) to.anonVma.activeVmas++;
}

/** What fork does for one mapping. @see mm/rmap.c, anon_vma_fork(), v6.12 */
export function forkAnonVma(child: AnonVmaHolder, parent: AnonVmaHolder, counts: Counts): void {
  if (parent.anonVma === null) return;
  cloneAnonVma(child, parent, counts);
  if (child.anonVma !== null) return;
  const anonVma = new AnonVma(parent.anonVma);
  counts.anon_vma_fork++;
  counts.avc_fork++;
  anonVma.activeVmas++;
  anonVma.links++;
  child.anonVma = anonVma;
  child.anonVmaChain.push(anonVma);
}

/** Cuts all links of a mapping; frees what nobody is linked to any more. @see unlink_anon_vmas(), v6.12 */
export function unlinkAnonVmas(holder: AnonVmaHolder, counts: Counts): void {
  if (holder.anonVmaChain.length === 0) return;
  if (holder.anonVma !== null) holder.anonVma.activeVmas--;
  for (const anonVma of holder.anonVmaChain) {
    anonVma.links--;
    counts.avc_free++;
    if (anonVma.links > 0) continue;
    anonVma.parent.childCount--;
    counts.anon_vma_free++;
  }
  holder.anonVma = null;
  holder.anonVmaChain = [];
}

/** Whether mappings with these anon_vmas may become one. @see mm/vma.c, is_mergeable_anon_vma(), v6.12 */
export function areAnonVmasMergeable(
  a: AnonVma | null,
  b: AnonVma | null,
  neighbour: AnonVmaHolder | null,
): boolean {
  if ((a === null || b === null) && (neighbour === null || neighbour.anonVmaChain.length <= 1)) {
    return true;
  }
  return a === b;
}
