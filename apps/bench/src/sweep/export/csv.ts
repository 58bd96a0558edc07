// A sweep as CSV, which spreadsheets, R and pandas read.
import type { Cell } from '../../experiments/experiment.ts';
import type { SweepTable } from './flatten.ts';

/** The whole file, the names first; null is empty. @see RFC 4180 */
export function toCsv({ columns, rows }: SweepTable): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
