// Building a tree: a reader creates objects and inserts them in any order, names distances,
// attributes and kinds, and asks for the finished tree.
import { Bitmap } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import { completeLevels } from './complete-tree.ts';
import { CpuKindTable } from './cpu-kinds.ts';
import { DISTANCE_KIND, type DistanceMatrix, restrictMatrix } from './distance-matrix.ts';
import { groupByDistances } from './grouping.ts';
import { insertObject, type Warn } from './insert.ts';
import { attachMemory, insertMemory } from './insert-memory.ts';
import { MemoryAttributeTable } from './memory-attributes.ts';
import { isMemoryType, type ObjectType } from './object-type.ts';
import { forEachObject, type ObjectTree } from './object-tree.ts';
import { dropDisallowed, fixupSets, propagateNodesets, removeEmpty } from './sets.ts';
import { createObject, type TopologyObject } from './topology-object.ts';

/** A tree in the making. CPU sets are `cpuWidth` wide, node sets `nodeWidth`. */
export class TreeBuilder {
  readonly root: TopologyObject;
  readonly cpuWidth: number;
  readonly nodeWidth: number;
  /** What a control group allows; everything unless a reader narrows it. */
  readonly allowedCpuset: Bitmap;
  readonly allowedNodeset: Bitmap;
  readonly memoryAttributes = new MemoryAttributeTable();
  readonly cpuKinds = new CpuKindTable();
  readonly #distances: DistanceMatrix[] = [];
  readonly #warn: Warn;
  #gpIndex = 1;
  #groupingSubkind = 0;

  constructor(cpuWidth: number, nodeWidth: number, warn: Warn) {
    this.cpuWidth = cpuWidth;
    this.nodeWidth = nodeWidth;
    this.#warn = warn;
    this.allowedCpuset = new Bitmap(cpuWidth).fill();
    this.allowedNodeset = new Bitmap(nodeWidth).fill();
    this.root = this.create('Machine', 0, new Bitmap(cpuWidth));
    this.root.completeCpuset = new Bitmap(cpuWidth);
    this.root.nodeset = new Bitmap(nodeWidth);
    this.root.completeNodeset = new Bitmap(nodeWidth);
  }

  /** A new object, not yet inserted. */
  create(type: ObjectType, osIndex: number, cpuset: Bitmap): TopologyObject {
    const object = createObject(type, osIndex, cpuset);
    object.gpIndex = this.#gpIndex++;
    return object;
  }

  /** Reserves an index that a description gives; a new one when it gives none. */
  takeGpIndex(wanted: number): number {
    if (wanted < 0) return this.#gpIndex++;
    this.#gpIndex = Math.max(this.#gpIndex, wanted + 1);
    return wanted;
  }

  /** A new NUMA node or memory-side cache of node `node`, not yet inserted. */
  createMemory(type: 'NUMANode' | 'MemCache', node: number, cpuset: Bitmap): TopologyObject {
    const object = this.create(type, type === 'NUMANode' ? node : -1, cpuset);
    object.nodeset = new Bitmap(this.nodeWidth).set(node);
    return object;
  }

  /** Puts `object` where its sets belong; answers it, or what it was merged with, or undefined. */
  insert(object: TopologyObject): TopologyObject | undefined {
    if (isMemoryType(object.type)) {
      return this.#countNode(insertMemory(this.root, object, this.#warn));
    }
    const inserted = insertObject(this.root, object, this.#warn);
    if (inserted?.type === 'PU') {
      if (inserted.cpuset.test(inserted.osIndex)) this.root.cpuset.set(inserted.osIndex);
      this.root.completeCpuset!.set(inserted.osIndex);
    }
    return inserted;
  }

  /** Hangs a memory object at `parent`, whatever its CPUs. */
  attach(parent: TopologyObject, object: TopologyObject): TopologyObject | undefined {
    return this.#countNode(attachMemory(parent, object, this.#warn));
  }

  #countNode(object: TopologyObject | undefined): TopologyObject | undefined {
    if (object?.type === 'NUMANode') {
      this.root.nodeset!.set(object.osIndex);
      this.root.completeNodeset!.set(object.osIndex);
    }
    return object;
  }

  /** Adds a matrix; with `group` the groups it suggests are inserted too. */
  addDistances(matrix: DistanceMatrix, { group }: { group: boolean }): void {
    if (matrix.objects.length < 2) return;
    if (group && (matrix.kind & DISTANCE_KIND.heterogeneous) === 0) {
      groupByDistances(matrix, this.#groupingSubkind++, (object) => {
        object.gpIndex = this.#gpIndex++;
        return this.insert(object);
      });
    }
    this.#distances.push(matrix);
  }

  /**
   * The finished tree. `includeDisallowed` keeps what the control group does not allow.
   *
   * @see hwloc 2.9.0, hwloc/topology.c, hwloc_discover()
   */
  finish({ includeDisallowed = false }: { includeDisallowed?: boolean } = {}): ObjectTree {
    const { root } = this;
    root.cpuset.and(root.cpuset, root.completeCpuset!);
    root.nodeset!.and(root.nodeset!, root.completeNodeset!);
    this.allowedCpuset.and(this.allowedCpuset, root.cpuset);
    this.allowedNodeset.and(this.allowedNodeset, root.nodeset!);
    propagateNodesets(root, this.nodeWidth);
    fixupSets(root);
    const isLimited =
      !root.cpuset.isSubsetOf(this.allowedCpuset) || !root.nodeset!.isSubsetOf(this.allowedNodeset);
    if (isLimited && !includeDisallowed) {
      dropDisallowed(root, this.allowedCpuset, this.allowedNodeset);
    }
    removeEmpty(root);
    if (root.cpuset.isEmpty()) {
      throw new ConfigError(
        'no CPU is left of this machine, expected at least one that is allowed',
      );
    }
    return completeTree(root, this);
  }

  /** The matrices collected so far. */
  get distances(): readonly DistanceMatrix[] {
    return this.#distances;
  }
}

/** Numbers a tree whose sets are in order and cuts the tables beside it down to what it holds. */
function completeTree(root: TopologyObject, builder: TreeBuilder): ObjectTree {
  const levels = completeLevels(root);
  const present = new Set<TopologyObject>();
  forEachObject(root, (object) => {
    present.add(object);
    if (object.gpIndex < 0) object.gpIndex = builder.takeGpIndex(-1);
  });
  const find = (object: TopologyObject) => (present.has(object) ? object : undefined);
  return {
    root,
    ...levels,
    allowedCpuset: builder.allowedCpuset,
    allowedNodeset: builder.allowedNodeset,
    distances: builder.distances
      .map((matrix) => restrictMatrix(matrix, find))
      .filter((matrix) => matrix !== undefined),
    memoryAttributes: builder.memoryAttributes.result(root.cpuset, find),
    cpuKinds: builder.cpuKinds.result(),
  };
}
