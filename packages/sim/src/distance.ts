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

/**
 * The classes of all pairs of different CPUs, each pair's looked up in O(1). CPUs that are the same
 * distance from every other one, and from each other, share a row: siblings of a core, cores of a
 * cache. A table by CPU would leave every cache the machine has when there are thousands of them.
 */
export class DistanceTable {
  readonly #groupOf: Int32Array;
  readonly #groupCount: number;
  /** Class by group of the one × groups + group of the other. */
  readonly #classes: Uint8Array;

  /** Asks for every pair once or a few times: O(CPUs²). */
  constructor(distances: Distances, cpuCount: number) {
    checkClasses(distances, cpuCount);
    const first = firstOfGroups(distances, cpuCount);
    const leaders = [...new Set(first)];
    const numbers = new Map(leaders.map((cpu, group) => [cpu, group]));
    const count = leaders.length;
    this.#groupCount = count;
    this.#groupOf = Int32Array.from(first, (cpu) => numbers.get(cpu)!);
    this.#classes = new Uint8Array(count * count);
    first.forEach((leader, cpu) => {
      const group = numbers.get(leader)!;
      if (leader !== cpu) this.#classes[group * count + group] = distances.classOf(leader, cpu);
    });
    leaders.forEach((from, row) => {
      leaders.forEach((to, column) => {
        if (from !== to) this.#classes[row * count + column] = distances.classOf(from, to);
      });
    });
  }

  /** The class of a line that goes from one CPU to another. */
  classOf(fromCpu: number, toCpu: number): number {
    const row = this.#groupOf[fromCpu]! * this.#groupCount;
    return this.#classes[row + this.#groupOf[toCpu]!]!;
  }
}

function checkClasses(distances: Distances, cpuCount: number): void {
  const classCount = distances.classes.length;
  assert(classCount > 0 && classCount <= 255, 'there are between 1 and 255 distance classes');
  for (let from = 0; from < cpuCount; from++) {
    for (let to = 0; to < cpuCount; to++) {
      const distance = distances.classOf(from, to);
      assert(distance >= 0 && distance < classCount, `distance class ${distance} has a name`);
    }
  }
}

/** For each CPU the first of its group, which may be itself. */
function firstOfGroups(distances: Distances, cpuCount: number): number[] {
  const first: number[] = [];
  /** The class of two CPUs of a group, by its first. */
  const within = new Map<number, number>();
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    const near = nearestBefore(distances, cpu);
    const leader = near < 0 ? cpu : first[near]!;
    const distance = distances.classOf(leader, cpu);
    const joins =
      leader !== cpu &&
      distances.classOf(cpu, leader) === distance &&
      (within.get(leader) ?? distance) === distance &&
      areAlike(distances, leader, cpu, cpuCount);
    if (joins) within.set(leader, distance);
    first.push(joins ? leader : cpu);
  }
  return first;
}

/** The nearest CPU of those with lower numbers, or −1. */
function nearestBefore(distances: Distances, cpu: number): number {
  let nearest = -1;
  let least = Infinity;
  for (let other = 0; other < cpu; other++) {
    const distance = distances.classOf(other, cpu);
    if (distance >= least) continue;
    least = distance;
    nearest = other;
  }
  return nearest;
}

/** Whether two CPUs are equally far from every third one, both ways. */
function areAlike(distances: Distances, a: number, b: number, cpuCount: number): boolean {
  for (let other = 0; other < cpuCount; other++) {
    if (other === a || other === b) continue;
    if (distances.classOf(a, other) !== distances.classOf(b, other)) return false;
    if (distances.classOf(other, a) !== distances.classOf(other, b)) return false;
  }
  return true;
}
