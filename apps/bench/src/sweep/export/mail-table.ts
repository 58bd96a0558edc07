// A sweep as plain text for a mailing list: what varied and what came of it, nothing that is the same in
// every row, and no tabs.
import type { Cell } from '../../experiments/experiment.ts';
import { showFigure } from '../../show-value.ts';
import { formatTable } from '../../terminal/table.ts';
import type { SweepTable } from './flatten.ts';

/** The table, and above it what all rows have in common. */
export function toMailTable({ columns, rows }: SweepTable): string {
  const index = columns.map((_, i) => i).filter((i) => columns[i] !== 'key');
  const varied = index.filter((i) => new Set(rows.map((row) => row[i])).size > 1);
  const common = index.filter((i) => !varied.includes(i) && rows[0]?.[i] != null);
  const head = common.map((i) => `${columns[i]}: ${show(rows[0]![i]!)}`);
  if (varied.length === 0) return `${head.join('\n')}\n`;
  const table = formatTable(
    varied.map((i) => ({
      head: shortName(columns[i]!),
      align: rows.every((row) => typeof row[i] !== 'string') ? 'right' : 'left',
    })),
    rows.map((row) => varied.map((i) => show(row[i] ?? null))),
  );
  return `${[...head, '', table].join('\n')}\n`;
}

function shortName(column: string): string {
  return column.replace(/^(params|counted|calibrated|predicted|claims)\./, '');
}

function show(cell: Cell): string {
  if (cell === null) return '-';
  return typeof cell === 'number' ? showFigure(cell) : String(cell);
}
