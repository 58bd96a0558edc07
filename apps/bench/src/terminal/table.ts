// Tables for the terminal: a line under the head, numbers to the right, no boxes.
import CliTable from 'cli-table3';

/** A column of a table. */
export interface TableColumn {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

const boxParts =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle';
const noBox = Object.fromEntries(boxParts.split(' ').map((part) => [part, '']));

/** Sets rows of text under their heads; each line ends where its text ends. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const table = new CliTable({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: noBox,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
