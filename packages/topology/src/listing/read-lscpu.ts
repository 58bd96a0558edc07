// Reading what `lscpu -p` printed, and what `lscpu -J` did.
import { ConfigError } from '@forkless/errors';
import { Bitmap, parseList } from '@forkless/bitmap';
import { ID_MAX } from '../machine/bounds.ts';
import type { Machine } from '../machine/machine.ts';
import type { MachineNode } from '../machine/machine-node.ts';
import { quote } from '../sysfs/file-map.ts';
import type { CpuListing, ListedCpu } from './cpu-listing.ts';
import { LSCPU_HEADS } from './format-lscpu.ts';
import { machineOfListing, nodesOfListing } from './listed-machine.ts';

const COLUMN_OF = new Map(
  Object.entries(LSCPU_HEADS).map(([column, head]) => [head.toLowerCase(), column.toLowerCase()]),
);

/**
 * Reads a machine from the text of `lscpu -p`, in whatever columns: the last comment names them. Throws
 * a ConfigError with the line. O(text).
 *
 * @see util-linux 2.38.1, lscpu(1), PARSABLE OUTPUT
 */
export function readLscpu(text: string, name = 'lscpu'): Machine {
  const warnings: string[] = [];
  const lines = text.split('\n').map((line, i) => ({ line, where: `${name}, line ${i + 1}` }));
  const header = lines.findLast(({ line }) => /^# *CPU,/i.test(line));
  if (header === undefined)
    throw new ConfigError(`${name}: found no line "# CPU,…", expected one before the CPUs`);
  const heads = header.line.replace(/^# */, '').trimEnd().split(',');
  const caches = heads.filter((head) => /^L\d[di]?$/.test(head));
  const cpus = lines.flatMap(({ line, where }) => {
    if (line === '' || line.startsWith('#')) return [];
    return [readLine(line.trimEnd(), { heads, caches, where, warnings })];
  });
  const online = cpus.filter((cpu) => cpu !== undefined).toSorted((a, b) => a.cpu - b.cpu);
  const twice = online.find(({ cpu }, i) => i > 0 && online[i - 1]!.cpu === cpu);
  if (twice !== undefined)
    throw new ConfigError(`${name}: found CPU ${twice.cpu} twice, expected it once`);
  if (online.length === 0)
    throw new ConfigError(`${name}: found no online CPU, expected at least one`);
  const listing = { caches, cpus: online };
  return machineOfListing({
    name,
    listing,
    keepsListing: true,
    nodes: nodesOfListing(listing),
    distances: undefined,
    model: undefined,
    warnings,
  });
}

interface LineContext {
  readonly heads: readonly string[];
  readonly caches: readonly string[];
  readonly where: string;
  readonly warnings: string[];
}

/** One CPU; undefined for one that is off line. */
function readLine(
  line: string,
  { heads, caches, where, warnings }: LineContext,
): ListedCpu | undefined {
  const cells = line.split(',');
  const missing = heads.length - cells.length;
  // lscpu leaves out the cells of caches that a CPU lacks, and nobody can say which.
  const isShort = missing > 0 && missing <= caches.length;
  if (missing !== 0 && !isShort) {
    throw new ConfigError(`${where}: found ${cells.length} columns, expected ${heads.length}`);
  }
  const firstCache = heads.indexOf(caches[0] ?? '');
  if (isShort) {
    warnings.push(
      `${where}: the CPU has fewer caches than there are columns; all of them are left out`,
    );
    cells.splice(firstCache, caches.length - missing, ...caches.map(() => ''));
  }
  const numbers = new Map<string, number>();
  for (const [i, head] of heads.entries()) {
    const column = COLUMN_OF.get(head.toLowerCase()) ?? head;
    const cell = cells[i]!;
    if (column === 'online') {
      if (/^n/i.test(cell)) return undefined;
    } else if (head !== '') numbers.set(column, cellNumber(cell, where));
  }
  const number = (column: string) => numbers.get(column) ?? -1;
  if (number('cpu') < 0) throw new ConfigError(`${where}: found no CPU number, expected one`);
  return {
    cpu: number('cpu'),
    core: number('core'),
    socket: number('socket'),
    node: number('node'),
    book: number('book'),
    drawer: number('drawer'),
    caches: caches.map(number),
  };
}

function cellNumber(cell: string, where: string): number {
  if (cell === '' || cell === '-') return -1;
  const number = /^\d{1,9}$/.test(cell) ? Number(cell) : Number.NaN;
  if (!(number <= ID_MAX))
    throw new ConfigError(`${where}: found ${quote(cell)}, expected a number of at most ${ID_MAX}`);
  return number;
}

/** A row of `lscpu -J`. */
interface Field {
  readonly field?: unknown;
  readonly data?: unknown;
  readonly children?: unknown;
}

/**
 * Reads a machine from the JSON of `lscpu -J`, or of `lscpu -J -e`, which lists the CPUs. The summary
 * tells which CPUs and nodes there are, but not which CPUs share a core: those are left out with a
 * warning. Throws a ConfigError where it is neither. O(text).
 */
export function readLscpuJson(text: string, name = 'lscpu'): Machine {
  const parsed = parseJson(text, name);
  if (Array.isArray(parsed['cpus'])) return machineOfRows(parsed['cpus'], name);
  if (Array.isArray(parsed['lscpu'])) return machineOfSummary(flatten(parsed['lscpu'], 0), name);
  throw new ConfigError(
    `${name}: found neither "lscpu" nor "cpus", expected the output of lscpu -J`,
  );
}

function parseJson(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError(`${name}: ${(cause as Error).message}, expected JSON`, { cause });
  }
  throw new ConfigError(`${name}: found ${quote(text)}, expected a JSON object`);
}

/** Newer versions nest fields below others. */
const NESTING_MAX = 8;

function flatten(fields: readonly unknown[], depth: number): Map<string, string> {
  const all = new Map<string, string>();
  for (const one of fields) {
    const { field, data, children } = (one ?? {}) as Field;
    if (typeof field === 'string' && typeof data === 'string')
      all.set(field.replace(/:$/, ''), data);
    if (Array.isArray(children) && depth < NESTING_MAX) {
      for (const [key, value] of flatten(children, depth + 1)) all.set(key, value);
    }
    if (typeof field === 'string' && data === null) all.set(field.replace(/:$/, ''), '');
  }
  return all;
}

function listOf(fields: ReadonlyMap<string, string>, field: string, name: string): Bitmap {
  const parsed = parseList(fields.get(field) ?? '', ID_MAX + 1);
  if ('errno' in parsed) {
    throw new ConfigError(
      `${name}: found "${field}" ${quote(fields.get(field) ?? '')}, expected a list of CPUs`,
    );
  }
  return parsed.bitmap;
}

function machineOfSummary(fields: ReadonlyMap<string, string>, name: string): Machine {
  const online = listOf(fields, 'On-line CPU(s) list', name);
  if (online.isEmpty())
    throw new ConfigError(`${name}: found no "On-line CPU(s) list", expected one`);
  const width = online.last() + 1;
  const nodes: MachineNode[] = [...fields.keys()].flatMap((field) => {
    const node = /^NUMA node(\d{1,5}) CPU\(s\)$/.exec(field)?.[1];
    if (node === undefined || Number(node) > ID_MAX) return [];
    const cpus = listOf(fields, field, name).resized(width);
    return [{ node: Number(node), cpus, memoryBytes: 0, freeBytes: undefined, hasMemory: true }];
  });
  const nodeOf = (cpu: number) => nodes.find(({ cpus }) => cpus.test(cpu))?.node ?? -1;
  const isOneSocket = fields.get('Socket(s)') === '1';
  const hasOneThread = fields.get('Thread(s) per core') === '1';
  const cpus = [...online].map((cpu, i): ListedCpu => ({
    cpu,
    core: hasOneThread ? i : -1,
    socket: isOneSocket ? 0 : -1,
    node: nodeOf(cpu),
    book: -1,
    drawer: -1,
    caches: [],
  }));
  const listing: CpuListing = { caches: [], cpus };
  const warnings: string[] = [];
  if (!isOneSocket) warnings.push(`${name}: which CPUs share a socket is not said and left out`);
  if (!hasOneThread) warnings.push(`${name}: which CPUs share a core is not said and left out`);
  return machineOfListing({
    name,
    listing,
    keepsListing: true,
    nodes: nodes.length > 0 ? nodes.toSorted((a, b) => a.node - b.node) : nodesOfListing(listing),
    distances: undefined,
    model: fields.get('Model name'),
    warnings,
  });
}

/** Rows of `lscpu -J -e`: cells are numbers or words, caches stand in one cell, "0:0:0:0". */
function machineOfRows(rows: readonly unknown[], name: string): Machine {
  const records = rows.map((row) => (row ?? {}) as Record<string, unknown>);
  const together = Object.keys(records[0] ?? {}).find((key) => /^l\d/i.test(key)) ?? '';
  const caches = together === '' ? [] : together.split(':').map((key) => key.replace(/^l/i, 'L'));
  const heads = ['CPU', 'Core', 'Socket', 'Node', 'Online', '', ...caches];
  const lines = records.map((record) => {
    const cell = (key: string) => String(record[key] ?? '').replace(/[\n,]/g, '?');
    const online =
      record['online'] === undefined ? 'Y' : /^(?:true|yes|y)$/i.test(cell('online')) ? 'Y' : 'N';
    const ids = caches.length === 0 ? [] : cell(together).split(':');
    const padded = caches.map((_, i) => ids[i] ?? '');
    return [cell('cpu'), cell('core'), cell('socket'), cell('node'), online, '', ...padded].join(
      ',',
    );
  });
  return readLscpu(`# ${heads.join(',')}\n${lines.join('\n')}\n`, name);
}
