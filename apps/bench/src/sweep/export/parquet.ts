// A sweep as Parquet, which DuckDB, Spark, pandas and Polars read, typed by column.
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cell } from '../../experiments/experiment.ts';
import type { SweepTable } from './flatten.ts';

/** The whole file. A column of numbers is DOUBLE, of switches BOOLEAN, of anything else STRING. */
export function toParquet({ columns, rows }: SweepTable): Uint8Array {
  const columnData = columns.map((name, i) => {
    const data = rows.map((row) => row[i] ?? null);
    const type = typeOf(data);
    return { name, data: type === 'STRING' ? data.map(toText) : data, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function typeOf(data: readonly Cell[]): 'DOUBLE' | 'BOOLEAN' | 'STRING' {
  const known = data.filter((cell) => cell !== null);
  if (known.length > 0 && known.every((cell) => typeof cell === 'number')) return 'DOUBLE';
  if (known.length > 0 && known.every((cell) => typeof cell === 'boolean')) return 'BOOLEAN';
  return 'STRING';
}

function toText(cell: Cell): string | null {
  return cell === null ? null : String(cell);
}
