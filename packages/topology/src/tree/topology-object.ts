// One object of a machine: a package, a cache, a node. Plain data, linked upward and downward;
// the tree that holds it keeps the rules.
import { Bitmap } from '@forkless/bitmap';
import type { CacheKind, ObjectType } from './object-type.ts';

/** Kinds of groups, as hwloc numbers them. @see hwloc 2.9.0, include/private/private.h */
export const GROUP_KIND = {
  synthetic: 10,
  intelKnlSubNumaCluster: 100,
  intelTile: 103,
  s390Book: 110,
  linuxCluster: 222,
  distance: 900,
  memory: 1001,
} as const;

/** What is known of a cache; 0 is unknown, ways −1 is fully associative. */
export interface CacheAttributes {
  sizeBytes: number;
  lineBytes: number;
  ways: number;
  level: number;
  kind: CacheKind;
}

/** Where a group comes from. A group with `dontMerge` stays even if it adds no structure. */
export interface GroupAttributes {
  kind: number;
  subkind: number;
  dontMerge: boolean;
  /** Its number among the group levels, from the root; −1 before the tree is complete. */
  depth: number;
}

/** Pages of one size in a node. */
export interface PageType {
  sizeBytes: number;
  count: number;
}

/** The memory of a NUMA node. */
export interface MemoryAttributes {
  localBytes: number;
  pageTypes: PageType[];
}

/** An object of the tree. While a tree is built everything may change; afterwards nothing does. */
export interface TopologyObject {
  type: ObjectType;
  /** P#: the number the operating system uses, −1 when it has none. */
  osIndex: number;
  /** L#: place in its level. */
  logicalIndex: number;
  /** Level from the root; −3 for NUMA nodes, −8 for memory-side caches, −7 for Misc. */
  depth: number;
  /** Unique in its tree. */
  gpIndex: number;
  name: string | undefined;
  subtype: string | undefined;
  infos: [name: string, value: string][];
  cpuset: Bitmap;
  /** With offline and disallowed CPUs. */
  completeCpuset: Bitmap | undefined;
  nodeset: Bitmap | undefined;
  completeNodeset: Bitmap | undefined;
  parent: TopologyObject | undefined;
  children: TopologyObject[];
  memoryChildren: TopologyObject[];
  miscChildren: TopologyObject[];
  cache: CacheAttributes | undefined;
  group: GroupAttributes | undefined;
  memory: MemoryAttributes | undefined;
  /** Union of the children's sets; kept while the tree is built, to see at once who is new. */
  span: Bitmap | undefined;
  /** Memory of all nodes at or below. */
  totalMemoryBytes: number;
  /** Whether all subtrees below look alike. */
  isSymmetric: boolean;
}

/** An object with nothing in it, not yet in a tree. */
export function createObject(type: ObjectType, osIndex: number, cpuset: Bitmap): TopologyObject {
  return {
    type,
    osIndex,
    logicalIndex: -1,
    depth: 0,
    gpIndex: -1,
    name: undefined,
    subtype: undefined,
    infos: [],
    cpuset,
    completeCpuset: undefined,
    nodeset: undefined,
    completeNodeset: undefined,
    parent: undefined,
    children: [],
    memoryChildren: [],
    miscChildren: [],
    cache: undefined,
    group: undefined,
    memory: undefined,
    span: undefined,
    totalMemoryBytes: 0,
    isSymmetric: false,
  };
}

/** The value of the first info of that name. */
export function infoOf(object: TopologyObject, name: string): string | undefined {
  return object.infos.find((info) => info[0] === name)?.[1];
}

/** What an object is called in warnings: "Package P#1 (cpuset 0-7)"-like. */
export function describeObject(object: TopologyObject): string {
  return object.osIndex < 0 ? object.type : `${object.type} P#${object.osIndex}`;
}
