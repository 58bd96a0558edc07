// The CPUs of a machine as `lscpu -p` prints them: one line each, every thing by a number.
import type { Machine } from '../machine/machine.ts';
import { listingOf, type ListedCpu } from './cpu-listing.ts';

/** Columns that can be asked for; CACHE stands for one a kind of cache, with an empty one before. */
export type LscpuColumn = keyof typeof LSCPU_HEADS | 'CACHE';

/** Names in the header, in the case that lscpu gives them for the sake of old scripts. */
export const LSCPU_HEADS = {
  CPU: 'CPU',
  CORE: 'Core',
  SOCKET: 'Socket',
  NODE: 'Node',
  BOOK: 'Book',
  DRAWER: 'DRAWER',
  ONLINE: 'Online',
} as const;

const DEFAULT_COLUMNS: readonly LscpuColumn[] = ['CPU', 'CORE', 'SOCKET', 'NODE', 'CACHE'];

const COMMENT = `# The following is the parsable format, which can be fed to other
# programs. Each different item in every column has an unique ID
# starting usually from zero.
`;

/**
 * The text of `lscpu -p` for the online CPUs. A CPU that lacks one of the caches has a shorter line, as
 * lscpu leaves the cell out. O(CPUs × columns).
 *
 * @see util-linux 2.38.1, sys-utils/lscpu.c, print_cpus_parsable()
 */
export function formatLscpu(
  machine: Machine,
  columns: readonly LscpuColumn[] = DEFAULT_COLUMNS,
): string {
  const { caches, cpus } = listingOf(machine);
  const shown = columns.filter((column) => column !== 'CACHE' || caches.length > 0);
  const heads = shown.flatMap((column) =>
    column === 'CACHE' ? ['', ...caches] : [LSCPU_HEADS[column]],
  );
  const lines = cpus.map((cpu) => shown.flatMap((column) => cells(cpu, column)).join(','));
  return `${COMMENT}# ${heads.join(',')}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function cells(listed: ListedCpu, column: LscpuColumn): string[] {
  if (column === 'CACHE') return ['', listed.caches.filter((id) => id >= 0).join(',')];
  if (column === 'ONLINE') return ['Y'];
  const number =
    listed[column.toLowerCase() as 'cpu' | 'core' | 'socket' | 'node' | 'book' | 'drawer'];
  return [number < 0 ? '' : String(number)];
}
