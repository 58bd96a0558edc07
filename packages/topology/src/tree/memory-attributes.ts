// What is known of a node's memory besides its size: bandwidth and latency, each as seen from some
// CPUs. Targets keep the order in which they were first named.
import { Bitmap } from '@forkless/bitmap';
import type { TopologyObject } from './topology-object.ts';

/** Bits of an attribute. @see hwloc 2.9.0, include/hwloc/memattrs.h */
export const MEMORY_ATTRIBUTE_FLAG = {
  higherIsBetter: 1,
  lowerIsBetter: 2,
  needsInitiator: 4,
} as const;

/** A value as seen from CPUs, from an object, or from nobody in particular. */
export interface MemoryAttributeValue {
  readonly initiator: Bitmap | TopologyObject | undefined;
  readonly value: number;
}

/** The values of one target, nearly always a NUMA node. */
export interface MemoryAttributeTarget {
  readonly target: TopologyObject;
  readonly values: readonly MemoryAttributeValue[];
}

/** A named attribute; bandwidths are in MB/s, latencies in ns. */
export interface MemoryAttribute {
  readonly name: string;
  /** Sum of {@link MEMORY_ATTRIBUTE_FLAG} bits. */
  readonly flags: number;
  readonly targets: readonly MemoryAttributeTarget[];
}

/** The attributes that always exist, in order. Capacity and Locality are read off the nodes. */
export const BUILT_IN_MEMORY_ATTRIBUTES: readonly (readonly [name: string, flags: number])[] = [
  ['Capacity', 1],
  ['Locality', 2],
  ['Bandwidth', 5],
  ['Latency', 6],
  ['ReadBandwidth', 5],
  ['WriteBandwidth', 5],
  ['ReadLatency', 6],
  ['WriteLatency', 6],
];

/** Attributes whose values follow from the nodes and are never stored. */
export function isImpliedAttribute(name: string): boolean {
  return name === 'Capacity' || name === 'Locality';
}

/** Whether an initiator is a set of CPUs. */
export function isCpuInitiator(
  initiator: Bitmap | TopologyObject | undefined,
): initiator is Bitmap {
  return initiator instanceof Bitmap;
}

/** Collects values; asked for the result when all objects of the tree are in place. */
export class MemoryAttributeTable {
  readonly #attributes = new Map<
    string,
    { flags: number; targets: Map<TopologyObject, MemoryAttributeValue[]> }
  >(BUILT_IN_MEMORY_ATTRIBUTES.map(([name, flags]) => [name, { flags, targets: new Map() }]));

  /** Makes an attribute known; one that is known already keeps its flags and is answered `false`. */
  register(name: string, flags: number): boolean {
    if (this.#attributes.has(name)) return false;
    this.#attributes.set(name, { flags, targets: new Map() });
    return true;
  }

  /** The flags of a known attribute. */
  flagsOf(name: string): number | undefined {
    return this.#attributes.get(name)?.flags;
  }

  /** Stores a value, over an earlier one for CPUs that include these. */
  set(name: string, target: TopologyObject, { initiator, value }: MemoryAttributeValue): void {
    const { flags, targets } = this.#attributes.get(name)!;
    const values = targets.get(target) ?? [];
    targets.set(target, values);
    const seenFrom = (flags & MEMORY_ATTRIBUTE_FLAG.needsInitiator) === 0 ? undefined : initiator;
    const known = values.findIndex(({ initiator: other }) => matches(seenFrom, other));
    const entry = {
      initiator: known < 0 ? cloneInitiator(seenFrom) : values[known]!.initiator,
      value,
    };
    values.splice(known < 0 ? values.length : known, 1, entry);
  }

  /** The attributes over targets and initiators that still exist, CPUs cut down to `cpuset`. */
  result(
    cpuset: Bitmap,
    find: (object: TopologyObject) => TopologyObject | undefined,
  ): MemoryAttribute[] {
    return Array.from(this.#attributes, ([name, { flags, targets }]) => ({
      name,
      flags,
      targets: Array.from(targets, ([target, values]) => ({ target, values })),
    })).map((attribute) => restrictAttribute(attribute, cpuset, find));
  }
}

/** An attribute over what is left of a tree. @see hwloc 2.9.0, hwloc/memattrs.c, refreshing */
export function restrictAttribute(
  attribute: MemoryAttribute,
  cpuset: Bitmap,
  find: (object: TopologyObject) => TopologyObject | undefined,
): MemoryAttribute {
  const targets = attribute.targets.flatMap(({ target, values }) => {
    const left = find(target);
    if (left === undefined) return [];
    const seen = values.flatMap(({ initiator, value }) => {
      const from = restrictInitiator(initiator, cpuset, find);
      return from === 'gone' ? [] : [{ initiator: from, value }];
    });
    return seen.length === 0 ? [] : [{ target: left, values: seen }];
  });
  return { ...attribute, targets };
}

function restrictInitiator(
  initiator: MemoryAttributeValue['initiator'],
  cpuset: Bitmap,
  find: (object: TopologyObject) => TopologyObject | undefined,
): MemoryAttributeValue['initiator'] | 'gone' {
  if (initiator === undefined) return undefined;
  if (!isCpuInitiator(initiator)) return find(initiator) ?? 'gone';
  const left = new Bitmap(cpuset.nbits).and(initiator, cpuset);
  return left.isEmpty() ? 'gone' : left;
}

function matches(
  asked: MemoryAttributeValue['initiator'],
  known: MemoryAttributeValue['initiator'],
): boolean {
  if (isCpuInitiator(asked) && isCpuInitiator(known)) return asked.isSubsetOf(known);
  return asked === known;
}

function cloneInitiator(
  initiator: MemoryAttributeValue['initiator'],
): MemoryAttributeValue['initiator'] {
  return isCpuInitiator(initiator) ? initiator.clone() : initiator;
}
