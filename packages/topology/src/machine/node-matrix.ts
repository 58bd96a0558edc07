// A figure for every pair of nodes, and where each came from: the firmware, a preset, or arithmetic.

/** `slit`: firmware distance; `hmat`: firmware performance; `preset`: written down; `derived`: computed. */
export type CellProvenance = 'slit' | 'hmat' | 'preset' | 'derived';

/** A square matrix over the nodes of a machine, by their place in `machine.nodes`. */
export interface NodeMatrix {
  /** Row by row: from the row's node to the column's. */
  readonly values: readonly number[];
  readonly provenance: readonly CellProvenance[];
}
