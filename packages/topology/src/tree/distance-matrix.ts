// Matrices between objects: NUMA latency as the firmware states it, bandwidths between devices.
// A matrix names its objects by type and index, and loses rows when objects go.
import type { ObjectType } from './object-type.ts';
import type { TopologyObject } from './topology-object.ts';

/** Bits of a matrix's kind. @see hwloc 2.9.0, include/hwloc/distances.h */
export const DISTANCE_KIND = {
  fromOs: 1,
  fromUser: 2,
  meansLatency: 4,
  meansBandwidth: 8,
  heterogeneous: 16,
} as const;

/** A square matrix, row by row: `values[i * objects.length + j]` is from object i to object j. */
export interface DistanceMatrix {
  readonly name: string | undefined;
  /** Sum of {@link DISTANCE_KIND} bits. */
  readonly kind: number;
  readonly objects: readonly TopologyObject[];
  readonly values: readonly number[];
}

/** The type of all objects of a matrix, or undefined when they differ. */
export function matrixType({ objects }: DistanceMatrix): ObjectType | undefined {
  const type = objects[0]?.type;
  return objects.every((object) => object.type === type) ? type : undefined;
}

/**
 * The matrix over the objects that `find` still knows, or undefined when fewer than two are left.
 *
 * @see hwloc 2.9.0, hwloc/distances.c, hwloc_internal_distances_refresh_one()
 */
export function restrictMatrix(
  matrix: DistanceMatrix,
  find: (object: TopologyObject) => TopologyObject | undefined,
): DistanceMatrix | undefined {
  const found = matrix.objects.map(find);
  const objects = found.filter((object) => object !== undefined);
  if (objects.length < 2) return undefined;
  const width = found.length;
  const values = matrix.values.filter(
    (_, cell) => found[Math.floor(cell / width)] !== undefined && found[cell % width] !== undefined,
  );
  return { ...matrix, objects, values };
}

/**
 * The matrix of the firmware's distances between nodes, rows and columns of those that are not in the
 * tree left out.
 */
export function slitMatrix(
  nodes: readonly (TopologyObject | undefined)[],
  distances: readonly number[],
): DistanceMatrix {
  const width = nodes.length;
  const objects = nodes.filter((node) => node !== undefined);
  const values = distances.filter(
    (_, cell) => nodes[Math.floor(cell / width)] !== undefined && nodes[cell % width] !== undefined,
  );
  const kind = DISTANCE_KIND.fromOs + DISTANCE_KIND.meansLatency;
  return { name: 'NUMALatency', kind, objects, values };
}
