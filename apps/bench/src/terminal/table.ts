// Tables for the terminal: a line under the head, numbers to the right, no boxes. Heads break between words to the
// width of what is under them; where a terminal is narrower than a table, long texts break too, and what still finds no
// room continues below, under the same first columns.
import { stripVTControlCharacters } from 'node:util';
import CliTable from 'cli-table3';

/** A column of a table. */
export interface TableColumn {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Says which row a row is, so that it stands before every part of a table that has to be cut. The first column always does. */
  readonly namesRows?: boolean;
}

interface Laid {
  readonly column: TableColumn;
  readonly cells: readonly string[];
  /** Characters, without the gap to the next column. */
  width: number;
}

const gap = 2;
const narrowestText = 20;

const boxParts =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle';
const noBox = Object.fromEntries(boxParts.split(' ').map((part) => [part, '']));

/** Sets rows of text under their heads; each line ends where its text ends, and within `width` characters if that is given. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string {
  const laid = columns.map((column, at) =>
    lay(
      column,
      rows.map((row) => row[at] ?? ''),
    ),
  );
  breakTexts(laid, width);
  return blocks(laid, width).map(draw).join('\n\n');
}

function lay(column: TableColumn, cells: readonly string[]): Laid {
  const body = Math.max(0, ...cells.map(textWidth));
  const word = Math.max(...column.head.split(/\s/).map((part) => part.length));
  const width = Math.max(body, word);
  return { column: { ...column, head: breakLine(column.head, width) }, cells, width };
}

/** Narrows the widest columns of words until the table fits or there are none left to narrow. */
function breakTexts(laid: readonly Laid[], width: number): void {
  const texts = laid.filter(({ cells }) => cells.some((cell) => cell.includes(' ')));
  for (let over = totalWidth(laid) - width; over > 0; over = totalWidth(laid) - width) {
    const widest = texts.toSorted((a, b) => b.width - a.width)[0];
    if (widest === undefined || widest.width <= narrowestText) return;
    widest.width = Math.max(narrowestText, widest.width - over);
  }
}

/** Parts of the columns, each of which fits, and each with the columns that name the rows before the others. */
function blocks(laid: readonly Laid[], width: number): readonly (readonly Laid[])[] {
  if (totalWidth(laid) <= width) return [laid];
  const isName = ({ column }: Laid, at: number) => at === 0 || column.namesRows === true;
  const names = laid.filter(isName);
  const all: Laid[][] = [];
  for (const column of laid.filter((one, at) => !isName(one, at))) {
    const last = all.at(-1);
    if (last === undefined || totalWidth([...names, ...last, column]) > width) all.push([column]);
    else last.push(column);
  }
  return all.map((block) => [...names, ...block]);
}

function draw(laid: readonly Laid[]): string {
  const table = new CliTable({
    colAligns: laid.map(({ column }) => column.align ?? 'left'),
    colWidths: laid.map(({ width }) => width + gap),
    wordWrap: true,
    chars: noBox,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
  });
  table.push(laid.map(({ column }) => ({ content: column.head, vAlign: 'bottom' })));
  const rowCount = laid[0]?.cells.length ?? 0;
  for (let row = 0; row < rowCount; row++) table.push(laid.map(({ cells }) => cells[row] ?? ''));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const textWidth = (text: string) => stripVTControlCharacters(text).length;
const totalWidth = (laid: readonly Laid[]) =>
  laid.reduce((sum, { width }) => sum + width + gap, -gap);

/** The same words on lines of at most `width` characters, or of one word. Breaks that were there stay. */
function breakLine(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) =>
      line.split(' ').reduce((done, word) => {
        const last = done.slice(done.lastIndexOf('\n') + 1);
        return last.length + 1 + word.length > width ? `${done}\n${word}` : `${done} ${word}`;
      }),
    )
    .join('\n');
}
