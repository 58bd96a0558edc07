// How far a cache line travels between two CPUs, as a class: the same CPU, its sibling thread, one
// L2, one L3, one package, or another package. What a class costs is a figure of the machine's.
import type { CpuMaps } from './cpu-maps.ts';
import type { Figure } from './figure.ts';

/** The classes, nearest first. */
export const TRANSFER_CLASSES = ['same', 'smt', 'l2', 'l3', 'package', 'remote'] as const;

/** A class of distance between two CPUs. */
export type TransferClass = (typeof TRANSFER_CLASSES)[number];

/** What it costs to fetch a line that another CPU modified, for each class. */
export type TransferFigures = Readonly<Record<TransferClass, Figure>>;

/** The class of the pair. CPUs that no map knows share a package only. O(1). */
export function transferClassOf(maps: CpuMaps, a: number, b: number): TransferClass {
  if (a === b) return 'same';
  if (share(maps.core, a, b)) return 'smt';
  if (share(maps.l2, a, b)) return 'l2';
  if (share(maps.l3, a, b)) return 'l3';
  return maps.package[a] === maps.package[b] ? 'package' : 'remote';
}

function share(map: Int16Array, a: number, b: number): boolean {
  return map[a]! >= 0 && map[a] === map[b];
}
