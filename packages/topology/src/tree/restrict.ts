// A tree cut down to some of its CPUs. The tree it is made from stays as it is.
import { Bitmap } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import { completeLevels } from './complete-tree.ts';
import { restrictKinds } from './cpu-kinds.ts';
import { restrictMatrix } from './distance-matrix.ts';
import { reorderSiblings } from './insert.ts';
import { restrictAttribute } from './memory-attributes.ts';
import type { ObjectTree } from './object-tree.ts';
import { isNormalType } from './object-type.ts';
import type { TopologyObject } from './topology-object.ts';

/** What becomes of nodes without CPUs. */
export interface RestrictOptions {
  /** Nodes that lose their last CPU, or never had one, go too. */
  readonly removeCpuless?: boolean;
}

/**
 * The tree with only the CPUs of `cpuset`. Objects without CPUs go, nodes stay unless asked otherwise,
 * and with them whatever they hang at. A ConfigError where no allowed CPU is left. O(objects × words).
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc_topology_restrict()
 */
export function restrictTree(
  tree: ObjectTree,
  cpuset: Bitmap,
  { removeCpuless = false }: RestrictOptions = {},
): ObjectTree {
  const kept = cpuset.resized(tree.root.cpuset.nbits);
  if (!kept.intersects(tree.allowedCpuset)) {
    throw new ConfigError(
      'restrict: found none of the CPUs that are allowed, expected at least one',
    );
  }
  const clones = new Map<TopologyObject, TopologyObject>();
  const root = cloneObject(tree.root, undefined, clones);
  const keptNodes = new Bitmap(tree.allowedNodeset.nbits).fill();
  if (removeCpuless) {
    for (const { cpuset: near, osIndex } of tree.nodes)
      if (!near.intersects(kept)) keptNodes.clear(osIndex);
  }
  const cutter = new TreeCutter(kept, keptNodes, removeCpuless);
  cutter.cut(root);
  const find = (object: TopologyObject) => {
    const clone = clones.get(object);
    return clone === undefined || cutter.removed.has(clone) ? undefined : clone;
  };
  return {
    root,
    ...completeLevels(root),
    allowedCpuset: kept.and(kept, tree.allowedCpuset),
    allowedNodeset: keptNodes.and(keptNodes, tree.allowedNodeset),
    distances: tree.distances
      .map((matrix) => restrictMatrix(matrix, find))
      .filter((matrix) => matrix !== undefined),
    memoryAttributes: tree.memoryAttributes.map((one) => restrictAttribute(one, root.cpuset, find)),
    cpuKinds: restrictKinds(tree.cpuKinds, root.cpuset),
  };
}

function cloneObject(
  object: TopologyObject,
  parent: TopologyObject | undefined,
  clones: Map<TopologyObject, TopologyObject>,
): TopologyObject {
  const clone: TopologyObject = {
    ...object,
    parent,
    cpuset: object.cpuset.clone(),
    completeCpuset: object.completeCpuset?.clone(),
    nodeset: object.nodeset?.clone(),
    completeNodeset: object.completeNodeset?.clone(),
    group: object.group === undefined ? undefined : { ...object.group },
    memory: object.memory === undefined ? undefined : { ...object.memory },
    span: undefined,
  };
  clones.set(object, clone);
  const cloneAll = (children: readonly TopologyObject[]) =>
    children.map((child) => cloneObject(child, clone, clones));
  clone.children = cloneAll(object.children);
  clone.memoryChildren = cloneAll(object.memoryChildren);
  clone.miscChildren = cloneAll(object.miscChildren);
  return clone;
}

class TreeCutter {
  readonly removed = new Set<TopologyObject>();
  readonly #cpus: Bitmap;
  readonly #nodes: Bitmap;
  readonly #removesNodes: boolean;

  constructor(cpus: Bitmap, nodes: Bitmap, removesNodes: boolean) {
    this.#cpus = cpus;
    this.#nodes = nodes;
    this.#removesNodes = removesNodes;
  }

  /** Cuts an object's sets and everything below it. */
  cut(object: TopologyObject): void {
    if (object.type === 'Misc') return;
    const isWhole = object.completeCpuset!.isSubsetOf(this.#cpus);
    if (isWhole && !this.#removesNodes) return;
    for (const set of [object.cpuset, object.completeCpuset!]) set.and(set, this.#cpus);
    for (const set of [object.nodeset!, object.completeNodeset!]) set.and(set, this.#nodes);
    for (const child of object.children) this.cut(child);
    for (const child of object.memoryChildren) this.cut(child);
    object.children = reorderSiblings(object.children).filter((child) => this.#stays(child));
    object.memoryChildren = object.memoryChildren.filter((child) => this.#stays(child));
  }

  #stays(object: TopologyObject): boolean {
    const isLeaf = object.children.length === 0 && object.memoryChildren.length === 0;
    const mayGo =
      object.type === 'NUMANode' ? this.#removesNodes : isNormalType(object.type) || isLeaf;
    const stays = !(isLeaf && mayGo && object.cpuset.isEmpty());
    if (!stays) this.removed.add(object);
    return stays;
  }
}
