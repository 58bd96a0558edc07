// Memory by speed: which tier a node's memory belongs to, and where its pages go when they are cold.
import type { NodeFacts } from './fallback-order.ts';

/** Abstract distance of ordinary memory. @see include/linux/memory-tiers.h, MEMTIER_ADISTANCE_DRAM */
const DRAM_DISTANCE = 576;

/** A tier spans 2^7 of abstract distance. @see MEMTIER_CHUNK_BITS */
const CHUNK_BITS = 7;

/** How fast memory is to its best CPUs, ns and MB/s. */
export interface AccessPerformance {
  readonly readLatencyNs: number;
  readonly writeLatencyNs: number;
  readonly readBandwidthMBs: number;
  readonly writeBandwidthMBs: number;
}

/**
 * How far away memory is in the kernel's abstract measure, `dram` being 576. In integers, from left to
 * right.
 *
 * @see mm/memory-tiers.c, mt_perf_to_adistance(), v6.12
 */
export function abstractDistance(memory: AccessPerformance, dram: AccessPerformance): number {
  const latency = memory.readLatencyNs + memory.writeLatencyNs;
  const bandwidth = memory.readBandwidthMBs + memory.writeBandwidthMBs;
  const dramLatency = dram.readLatencyNs + dram.writeLatencyNs;
  const dramBandwidth = dram.readBandwidthMBs + dram.writeBandwidthMBs;
  const byLatency = Math.floor((DRAM_DISTANCE * latency) / dramLatency);
  return Math.floor((byLatency * dramBandwidth) / bandwidth);
}

/** The number of the tier at an abstract distance, as in `memory_tier4`. */
export function tierOf(distance: number): number {
  return distance >> CHUNK_BITS;
}

/** The facts of tiers. */
export interface TierFacts extends NodeFacts {
  /** What the firmware says of each node, undefined where nothing. */
  readonly performance: readonly (AccessPerformance | undefined)[];
}

/**
 * The nodes of each tier, fastest tier first. Nodes with CPUs hold ordinary memory, and the first of
 * them that the firmware describes is the measure of all others. O(nodes).
 *
 * @see drivers/acpi/numa/hmat.c, mm/memory-tiers.c, v6.12
 */
export function memoryTiers(facts: TierFacts): Map<number, number[]> {
  const { nodes, hasMemory, hasCpu, performance } = facts;
  const dram = ordinaryPerformance(facts);
  const tiers = new Map<number, number[]>();
  for (const [place, node] of nodes.entries()) {
    if (!hasMemory[place]) continue;
    const known = performance[place];
    const isOrdinary = hasCpu[place] || known === undefined || dram === undefined;
    const tier = tierOf(isOrdinary ? DRAM_DISTANCE : abstractDistance(known, dram));
    tiers.set(tier, [...(tiers.get(tier) ?? []), node]);
  }
  return new Map([...tiers].toSorted(([a], [b]) => a - b));
}

/**
 * What ordinary memory is like: the first node's figures, if those of the others differ by a tenth at
 * most; else there is no measure.
 *
 * @see mm/memory-tiers.c, mt_set_default_dram_perf(), v6.12
 */
function ordinaryPerformance({
  hasMemory,
  hasCpu,
  performance,
}: TierFacts): AccessPerformance | undefined {
  const known = performance.filter(
    (one, place) => one !== undefined && hasCpu[place] && hasMemory[place],
  );
  const [first] = known;
  if (first === undefined) return undefined;
  const isNear = (a: number, b: number) => Math.abs(a - b) * 10 <= b;
  const areAlike = known.every(
    (one) =>
      isNear(one!.readLatencyNs, first.readLatencyNs) &&
      isNear(one!.writeLatencyNs, first.writeLatencyNs) &&
      isNear(one!.readBandwidthMBs, first.readBandwidthMBs) &&
      isNear(one!.writeBandwidthMBs, first.writeBandwidthMBs),
  );
  return areAlike ? first : undefined;
}

/**
 * Where the pages of each node go when it is full: the best nodes of the next slower tier, as many as
 * are equally far; none from the slowest. O(nodes² log nodes).
 *
 * MODEL: among nodes that the penalties make equal the kernel also weighs how many zonelists each
 * heads; here the lower id comes first.
 *
 * @see mm/memory-tiers.c, establish_demotion_targets(), v6.12
 */
export function demotionTargets(facts: TierFacts): Map<number, number[]> {
  const tiers = [...memoryTiers(facts).values()];
  return new Map(
    tiers.flatMap((tier, rank) =>
      tier.map((node) => [node, targetsAmong(facts, node, tiers[rank + 1] ?? [])] as const),
    ),
  );
}

function targetsAmong(
  { nodes, distances, hasCpu }: TierFacts,
  node: number,
  slower: readonly number[],
): number[] {
  const row = nodes.indexOf(node) * nodes.length;
  const candidates = slower
    .map((other) => {
      const place = nodes.indexOf(other);
      const distance = distances[row + place]!;
      return { other, distance, cost: distance + Number(other < node) + Number(hasCpu[place]) };
    })
    .toSorted((a, b) => a.cost - b.cost || a.other - b.other);
  const end = candidates.findIndex(({ distance }) => distance !== candidates[0]!.distance);
  return candidates.slice(0, end < 0 ? undefined : end).map(({ other }) => other);
}
