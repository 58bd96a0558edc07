// Tables as CSV (RFC 4180): what holds a comma, a quote or a line end is quoted.

/** A cell. */
export type Cell = string | number;

/** Rows, the head first, each ended by a line feed. */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}

const cell = (value: Cell): string =>
  typeof value === 'string' && /[",\n]/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : `${value}`;
