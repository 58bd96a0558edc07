// What a preset says of a server: its layout as a synthetic description, the firmware's distances,
// and figures for memory and cache lines, each with the place it was taken from.
import type { TransferFigures } from '../machine/transfer-class.ts';

/** The memory of one node. */
export interface PresetMemory {
  /** Latency from its nearest CPUs, unloaded, in ns. */
  readonly latencyNs: number;
  /** Read bandwidth from its nearest CPUs, in MB/s. */
  readonly bandwidthMBs: number;
  /** Where both figures come from. */
  readonly source: string;
  /** A node of memory alone: its CPUs in the layout are only near. */
  readonly isCpuless?: boolean;
}

/** A server that can be had by name. */
export interface Preset {
  readonly name: string;
  /** One sentence: what machine it is. */
  readonly description: string;
  /** The layout, in hwloc's synthetic language. */
  readonly layout: string;
  /** Distances between the nodes in ascending order of their ids. */
  readonly distances: readonly (readonly number[])[];
  /** Where the distances come from. */
  readonly distancesSource: string;
  /** The memory of each node, in ascending order of their ids. */
  readonly memory: readonly PresetMemory[];
  readonly transfers: TransferFigures;
}
