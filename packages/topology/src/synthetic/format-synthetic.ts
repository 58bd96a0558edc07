// A tree as a synthetic description, where it is regular enough for one.
import type { ObjectTree } from '../tree/object-tree.ts';
import { isCacheType } from '../tree/object-type.ts';
import type { TopologyObject } from '../tree/topology-object.ts';

const CACHE_LETTERS = { unified: '', data: 'd', instruction: 'i' } as const;

/**
 * The description, or undefined for a tree whose branches differ or that has memory-side caches, which
 * the language of 2.9.0 cannot say. O(objects).
 *
 * @see hwloc 2.9.0, hwloc/topology-synthetic.c, hwloc_topology_export_synthetic()
 */
export function formatSynthetic(tree: ObjectTree): string | undefined {
  const isSayable = tree.root.isSymmetric && tree.memCaches.length === 0 && isMemorySymmetric(tree);
  if (!isSayable) return undefined;
  const words = memoryWords(tree, tree.root);
  let object = tree.root;
  while (object.children.length > 0) {
    const { length } = object.children;
    object = object.children[0]!;
    words.push(
      `${typeWord(object)}:${length}${attributesOf(tree, object)}`,
      ...memoryWords(tree, object),
    );
  }
  return words.join(' ');
}

/** Whether all objects of each level at which memory hangs have as much of it. */
function isMemorySymmetric({ normal, nodes }: ObjectTree): boolean {
  return nodes.every(({ parent }) => {
    const level = normal[parent!.depth]!;
    return level.every(
      ({ memoryChildren }) => memoryChildren.length === parent!.memoryChildren.length,
    );
  });
}

function memoryWords(tree: ObjectTree, { memoryChildren }: TopologyObject): string[] {
  return memoryChildren.map((node) => `[NUMANode${attributesOf(tree, node)}]`);
}

function typeWord({ type, cache }: TopologyObject): string {
  return isCacheType(type) ? `L${cache!.level}${CACHE_LETTERS[cache!.kind]}Cache` : type;
}

function attributesOf(tree: ObjectTree, object: TopologyObject): string {
  const { type, cache, memory, logicalIndex } = object;
  const facts: string[] = [];
  if (isCacheType(type) && cache!.sizeBytes > 0) facts.push(`size=${cache!.sizeBytes}`);
  if (type === 'NUMANode' && memory!.localBytes > 0) facts.push(`memory=${memory!.localBytes}`);
  if (logicalIndex === 0 && (type === 'PU' || type === 'NUMANode')) {
    const level = (type === 'PU' ? tree.normal.at(-1)! : tree.nodes).map(({ osIndex }) => osIndex);
    if (level.some((index, place) => index !== place)) facts.push(`indexes=${indexesOf(level)}`);
  }
  return facts.length === 0 ? '' : `(${facts.join(' ')})`;
}

/** Loops of step*count where they give these indexes, else all of them. */
function indexesOf(level: readonly number[]): string {
  const loops = loopsOf(level);
  const areRight =
    loops?.length !== undefined && level.every((index, i) => index === loopIndex(loops, i));
  return areRight ? loops.map(([step, count]) => `${step}*${count}`).join(':') : level.join(',');
}

type Loop = readonly [step: number, count: number];

function loopIndex(loops: readonly Loop[], place: number): number {
  let index = 0;
  let weight = 1;
  for (const [step, count] of loops) {
    index += (Math.floor(place / step) % count) * weight;
    weight *= count;
  }
  return index;
}

/** Where the object with index 1 stands is the first step, how far it goes on so the first count. */
function loopsOf(level: readonly number[]): Loop[] | undefined {
  const total = level.length;
  const loops: Loop[] = [];
  if (level[0] !== 0) return undefined;
  for (let weight = 1; weight !== total;) {
    const step = total % weight === 0 ? level.indexOf(weight, 1) : -1;
    if (step < 0) return undefined;
    let count = 2;
    while (count < Math.floor(total / step) && level[step * count] === weight * count) count++;
    loops.push([step, count]);
    weight *= count;
  }
  return loops;
}
