// A sweep as one table: a row for each configuration, columns for what it was run with and for every
// figure and claim it gave, in an order that does not depend on when each was run.
import type { Cell, ExperimentResult, Published } from '../../experiments/experiment.ts';
import type { SweepResult } from '../configuration.ts';

/** A table; every row has a cell for each column, null where it has none. */
export interface SweepTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

type Cells = Map<string, Cell>;

/** The table of results, sorted by their configuration. O(n log n). */
export function flatten(results: Iterable<SweepResult>): SweepTable {
  const all = [...results].map(cellsOf);
  const names = new Set<string>();
  for (const cells of all) for (const name of cells.keys()) names.add(name);
  const columns = [...names].toSorted(byGroup);
  const sorted = all.toSorted((a, b) => compareRows(a, b, columns));
  return { columns, rows: sorted.map((cells) => columns.map((name) => cells.get(name) ?? null)) };
}

function cellsOf({ key, configuration, result, refused }: SweepResult): Cells {
  const cells: Cells = new Map();
  const { seed, machine, profile, params } = configuration;
  const ran = result as ExperimentResult | undefined;
  cells.set('seed', seed);
  cells.set('machine', ran?.machine ?? machine ?? null);
  cells.set('profile', ran?.profile ?? profile ?? null);
  for (const [name, value] of Object.entries(params)) cells.set(`params.${name}`, value);
  if (refused !== undefined) cells.set('refused', refused);
  if (ran !== undefined) addFigures(cells, ran);
  cells.set('key', key);
  return cells;
}

function addFigures(cells: Cells, result: ExperimentResult): void {
  for (const group of ['counted', 'calibrated', 'predicted'] as const) {
    for (const [name, { value }] of Object.entries(result[group])) {
      addPublished(cells, `${group}.${name}`, value);
    }
  }
  for (const { id, model, ratio, holds } of result.claims) {
    addPublished(cells, `claims.${id}`, model);
    cells.set(`claims.${id}.ratio`, ratio);
    cells.set(`claims.${id}.holds`, holds);
  }
}

function addPublished(cells: Cells, name: string, value: Published): void {
  if (typeof value !== 'object') return void cells.set(name, value);
  cells.set(`${name}.low`, value[0]);
  cells.set(`${name}.high`, value[1]);
}

const GROUPS = [
  'machine',
  'profile',
  'seed',
  'params',
  'counted',
  'calibrated',
  'predicted',
  'claims',
  'refused',
  'key',
];

function byGroup(a: string, b: string): number {
  const group = (name: string) => GROUPS.indexOf(name.split('.')[0]!);
  return group(a) - group(b) || (a < b ? -1 : 1);
}

/** By the columns in order, numbers by size; the key at the end makes every order total. */
function compareRows(a: Cells, b: Cells, columns: readonly string[]): number {
  for (const name of columns) {
    const [left, right] = [a.get(name) ?? null, b.get(name) ?? null];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return 0;
}
