// Kinds of CPUs told apart by their clock or their capacity, as sysfs states them.
import { Bitmap } from '@forkless/bitmap';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import type { FileMap } from './file-map.ts';

/** CPUs by a number they share. */
type CpusByValue = Map<number, Bitmap>;

/** Highest clocks that differ by less than this part, at one base clock, are one kind. */
const BOOST_DIFFERENCE_MAX = 0.1;

/**
 * Tells the builder the kinds among `cpus`.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, look_sysfscpukinds()
 */
export function registerCpuKinds(files: FileMap, builder: TreeBuilder, cpus: Bitmap): void {
  const read = (file: string, divisor: number) => {
    const values: CpusByValue = new Map();
    cpus.forEach((cpu) => {
      const value = files.number(`sys/devices/system/cpu/cpu${cpu}/${file}`);
      if (value === undefined || (divisor > 1 && value <= 0)) return;
      addCpu(values, Math.floor(value / divisor), cpu, cpus.nbits);
    });
    return values;
  };
  const highest = read('cpufreq/cpuinfo_max_freq', 1000);
  const base = read('cpufreq/base_frequency', 1000);
  if (isCovered(highest, base)) joinBoosts(highest, base);
  register(builder, 'FrequencyMaxMHz', highest, false);
  register(builder, 'FrequencyBaseMHz', base, false);
  register(builder, 'LinuxCapacity', read('cpu_capacity', 1), true);
}

function addCpu(values: CpusByValue, value: number, cpu: number, width: number): void {
  const known = values.get(value) ?? new Bitmap(width);
  values.set(value, known.set(cpu));
}

/** Whether every CPU with a highest clock has a base clock too. */
function isCovered(highest: CpusByValue, base: CpusByValue): boolean {
  const sets = [...base.values()];
  return [...highest.values()].every((set) =>
    [...set].every((cpu) => sets.some((other) => other.test(cpu))),
  );
}

/** Takes small differences in the highest clock for luck of the silicon, not for a kind. */
function joinBoosts(highest: CpusByValue, base: CpusByValue): void {
  for (const set of base.values()) {
    const found = [...highest].filter(([, cpus]) => cpus.intersects(set));
    const values = found.map(([value]) => value);
    const least = Math.min(...values);
    const ratio = Math.fround(Math.fround(Math.max(...values) - least) / Math.fround(least));
    if (values.length < 2 || Math.fround(ratio * 100) >= BOOST_DIFFERENCE_MAX * 100) continue;
    const joined = highest.get(least)!;
    for (const [value, cpus] of found) {
      if (value === least) continue;
      joined.or(joined, new Bitmap(set.nbits).and(cpus, set));
      cpus.andnot(cpus, set);
      if (cpus.isEmpty()) highest.delete(value);
    }
  }
}

function register(builder: TreeBuilder, name: string, values: CpusByValue, isRank: boolean): void {
  const ascending = [...values].toSorted(([a], [b]) => a - b);
  for (const [rank, [value, cpus]] of ascending.entries()) {
    builder.cpuKinds.register(cpus, isRank ? rank : -1, [[name, String(value)]]);
  }
}
