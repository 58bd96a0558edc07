// How far apart two CPUs are, as the simulator is told it: a class for each pair. What a class costs
// is the profile's business.

import { assert } from '@forkless/errors';

/** A class of distance for each ordered pair of CPUs. */
export interface Distances {
  /** The names of the classes, nearest first; figure `transfer.<name>` of a profile costs one. */
  readonly classes: readonly string[];
  /** The class of a line that goes from `fromCpu` to `toCpu`, an index into `classes`. */
  classOf(fromCpu: number, toCpu: number): number;
}

/** All CPUs equally far from each other, in one class. */
export function uniformDistance(name: string): Distances {
  return { classes: [name], classOf: () => 0 };
}

/** The classes of all pairs of `cpuCount` CPUs, row by row, checked. */
export function tabulateDistances(distances: Distances, cpuCount: number): Uint8Array {
  const table = new Uint8Array(cpuCount * cpuCount);
  const classCount = distances.classes.length;
  assert(classCount > 0 && classCount <= 255, 'there are between 1 and 255 distance classes');
  for (let from = 0; from < cpuCount; from++) {
    for (let to = 0; to < cpuCount; to++) {
      const distance = distances.classOf(from, to);
      assert(distance >= 0 && distance < classCount, `distance class ${distance} has a name`);
      table[from * cpuCount + to] = distance;
    }
  }
  return table;
}
