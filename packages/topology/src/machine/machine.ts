// A machine: the tree of objects, the nodes and CPUs as the kernel numbers them, and the answers
// that Linux derives from both. Nothing about a machine changes after it is made.
import { assert } from '@forkless/errors';
import { fallbackOrders, type FallbackPhase, type NodeFacts } from '../kernel/fallback-order.ts';
import { cpusByHop } from '../kernel/distance-hops.ts';
import { demotionTargets, memoryTiers, type TierFacts } from '../kernel/memory-tiers.ts';
import { schedulerLevels, type SchedulerLevels } from '../kernel/scheduler-levels.ts';
import { nearestNode, type NodeState } from '../kernel/nearest-node.ts';
import type { CpuListing } from '../listing/cpu-listing.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import { cpuMapsOf, type CpuMaps } from './cpu-maps.ts';
import type { MachineNode } from './machine-node.ts';
import type { NodeMatrix } from './node-matrix.ts';
import { accessPerformance } from './node-performance.ts';
import {
  TRANSFER_CLASSES,
  type TransferClass,
  transferClassOf,
  type TransferFigures,
} from './transfer-class.ts';

/** What a reader found out about a machine. */
export interface MachineParts {
  readonly name: string;
  readonly tree: ObjectTree;
  readonly nodes: readonly MachineNode[];
  /** Distances between `nodes`. */
  readonly distances: NodeMatrix;
  /** Memory latency between `nodes` in ns, NaN where nothing is known. */
  readonly latencies: NodeMatrix;
  /** Memory bandwidth between `nodes` in MB/s, NaN where nothing is known. */
  readonly bandwidths: NodeMatrix;
  /** What line transfers cost, where it is known. */
  readonly transfers: TransferFigures | undefined;
  /** The CPUs as lscpu would list them, where the reader knows better than the tree. */
  readonly listing?: CpuListing | undefined;
  /** What was tolerated while reading. */
  readonly warnings: readonly string[];
}

/** What limits the walk of an allocation over the nodes. */
export interface AllocationLimits {
  /** Nodes that a cpuset or memory policy allows; all without it. */
  readonly allowed?: { has(node: number): boolean };
  /** GFP_THISNODE: no other node will do. */
  readonly thisNodeOnly?: boolean;
  readonly phase?: FallbackPhase;
}

/** A machine and what Linux makes of it. */
export class Machine {
  readonly name: string;
  readonly tree: ObjectTree;
  /** Ids of the online CPUs, ascending. Ids may have gaps. */
  readonly cpus: readonly number[];
  /** One more than the highest CPU id that was described. */
  readonly cpuWidth: number;
  /** The online nodes, ascending by id. */
  readonly nodes: readonly MachineNode[];
  /** Firmware distances between `nodes`. */
  readonly distances: NodeMatrix;
  /** Memory latency between `nodes` in ns, NaN where nothing is known. */
  readonly latencies: NodeMatrix;
  /** Memory bandwidth between `nodes` in MB/s, NaN where nothing is known. */
  readonly bandwidths: NodeMatrix;
  /** What line transfers cost; presets know it. */
  readonly transfers: TransferFigures | undefined;
  readonly cpuMaps: CpuMaps;
  /** The CPUs as lscpu would list them, where the reader knows better than the tree. */
  readonly listing: CpuListing | undefined;
  /** What was tolerated while the description was read, in plain sentences. */
  readonly warnings: readonly string[];
  readonly #nodeIndex: ReadonlyMap<number, number>;
  readonly #orders = new Map<FallbackPhase, Map<number, number[]>>();

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.tree = parts.tree;
    this.nodes = parts.nodes;
    this.distances = parts.distances;
    this.latencies = parts.latencies;
    this.bandwidths = parts.bandwidths;
    this.transfers = parts.transfers;
    this.listing = parts.listing;
    this.warnings = parts.warnings;
    this.cpuWidth = parts.tree.root.cpuset.nbits;
    this.cpus = [...parts.tree.root.cpuset];
    this.cpuMaps = cpuMapsOf(parts.tree, parts.nodes, this.cpuWidth);
    this.#nodeIndex = new Map(parts.nodes.map(({ node }, index) => [node, index]));
    const cells = parts.nodes.length ** 2;
    assert(parts.distances.values.length === cells, 'every two nodes have a distance');
  }

  /** The place of a node in `nodes` and in every matrix. */
  nodeIndex(node: number): number {
    const index = this.#nodeIndex.get(node);
    assert(index !== undefined, `node ${node} is online`);
    return index;
  }

  /** The distance from one node to another as the firmware states it; 10 is local. O(1). */
  distance(from: number, to: number): number {
    return this.distances.values[this.nodeIndex(from) * this.nodes.length + this.nodeIndex(to)]!;
  }

  /** The node a CPU belongs to, −1 for a CPU of none. O(1). */
  nodeOfCpu(cpu: number): number {
    return this.cpuMaps.node[cpu] ?? -1;
  }

  /** What the kernel's node algorithms work on. */
  get nodeFacts(): NodeFacts {
    return {
      nodes: this.nodes.map(({ node }) => node),
      distances: this.distances.values,
      hasMemory: this.nodes.map(({ hasMemory }) => hasMemory),
      hasCpu: this.nodes.map(({ cpus }) => !cpus.isEmpty()),
    };
  }

  /**
   * The nodes in the order in which the page allocator tries them for `node`. The first call for a
   * phase builds the lists of all nodes, O(nodes³).
   *
   * @see mm/page_alloc.c, build_zonelists(), v6.12
   */
  fallbackOrder(node: number, phase: FallbackPhase = 'boot'): readonly number[] {
    const orders = this.#orders.get(phase) ?? fallbackOrders(this.nodeFacts, phase);
    this.#orders.set(phase, orders);
    const order = orders.get(node);
    assert(order !== undefined, `node ${node} is online`);
    return order;
  }

  /** The nearest node in a state, undefined when there is none. @see numa_nearest_node(), v6.12 */
  nearestNode(node: number, state: NodeState): number | undefined {
    return nearestNode(this.nodeFacts, node, state);
  }

  /**
   * The nodes that an allocation on `node` walks: its fallback order without the nodes that a cpuset or
   * policy forbids, or with `thisNodeOnly` (GFP_THISNODE) at most itself. The order never changes.
   *
   * @see include/linux/gfp.h, mm/page_alloc.c, get_page_from_freelist(), v6.12
   */
  allocationOrder(node: number, limits: AllocationLimits = {}): readonly number[] {
    const { allowed, thisNodeOnly = false, phase = 'boot' } = limits;
    const isAllowed = (other: number) =>
      (allowed?.has(other) ?? true) && (!thisNodeOnly || other === node);
    return this.fallbackOrder(node, phase).filter(isAllowed);
  }

  /** The CPUs around a node, nearest first, one array a distance. @see sched_numa_hop_mask(), v6.12 */
  cpusByHop(node: number): number[][] {
    return cpusByHop({ ...this.nodeFacts, cpus: this.nodes.map(({ cpus }) => [...cpus]) }, node);
  }

  /** The `count`-th CPU by distance from a node, from 0; undefined beyond the last. */
  nthCpuByDistance(node: number, count: number): number | undefined {
    return this.cpusByHop(node).flat()[count];
  }

  /** Levels and type of the NUMA network. @see kernel/sched/topology.c, sched_init_numa(), v6.12 */
  schedulerLevels(): SchedulerLevels {
    return schedulerLevels(this.nodeFacts);
  }

  /** The nodes of each memory tier by its number, fastest first. @see mm/memory-tiers.c, v6.12 */
  memoryTiers(): Map<number, number[]> {
    return memoryTiers(this.#tierFacts);
  }

  /** Where each node's cold pages go. @see establish_demotion_targets(), v6.12 */
  demotionTargets(): Map<number, number[]> {
    return demotionTargets(this.#tierFacts);
  }

  get #tierFacts(): TierFacts {
    const performance = this.nodes.map(({ node }) => accessPerformance(this.tree, node));
    return { ...this.nodeFacts, performance };
  }

  /** How far a cache line travels between two CPUs, given by id. O(1). */
  transferClass(cpuA: number, cpuB: number): TransferClass {
    return transferClassOf(this.cpuMaps, cpuA, cpuB);
  }

  /**
   * The classes between the `i`-th and the `j`-th of `cpus`, in the shape the simulator takes: an
   * index into `classes`.
   */
  transferDistances(cpus: readonly number[] = this.cpus): {
    readonly classes: readonly TransferClass[];
    classOf(from: number, to: number): number;
  } {
    return {
      classes: TRANSFER_CLASSES,
      classOf: (from, to) =>
        TRANSFER_CLASSES.indexOf(transferClassOf(this.cpuMaps, cpus[from]!, cpus[to]!)),
    };
  }
}
