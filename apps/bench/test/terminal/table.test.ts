import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTable } from '../../src/terminal/table.ts';

const lines = (text: string) => text.split('\n');
const right = (head: string) => ({ head, align: 'right' as const });

describe('a table in the terminal', () => {
  it('breaks a head between words to the width of what is under it', () => {
    expect(formatTable([{ head: 'made by' }, right('less than fork')], [['vfork', '89.6']])).toBe(
      ['       less', 'made   than', 'by     fork', 'vfork  89.6'].join('\n'),
    );
  });

  it('keeps the breaks a head has', () => {
    expect(lines(formatTable([right('pairs\npairs/s')], [['52,300']])).slice(0, 2)).toEqual([
      '  pairs',
      'pairs/s',
    ]);
  });

  it('breaks long texts where the terminal is narrow, and nothing where it is wide', () => {
    const row = ['entries', 'by fork from a parent of 4096 MiB in 4 KiB pages'];
    const columns = [{ head: 'what' }, { head: 'note' }];
    expect(lines(formatTable(columns, [row], 80))).toHaveLength(2);
    const narrow = lines(formatTable(columns, [row], 40));
    expect(narrow).toHaveLength(3);
    expect(narrow.join(' ').replaceAll(/\s+/g, ' ')).toContain(row[1]);
  });

  it('continues below with the columns that name the rows', () => {
    const heads = ['fork-exec', 'vfork-exec', 'pristine'];
    const table = formatTable(
      [{ head: 'grown' }, ...heads.map(right)],
      [['memory', '1', '2', '3']],
      24,
    );
    expect(table).toBe(
      [
        'grown   fork-exec',
        'memory          1',
        '',
        'grown   vfork-exec',
        'memory           2',
        '',
        'grown   pristine',
        'memory         3',
      ].join('\n'),
    );
  });

  it('loses no cell and stays within the width at any width that holds its words', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,9}$/);
    const cell = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
    const table = fc
      .integer({ min: 1, max: 9 })
      .chain((width) =>
        fc.tuple(
          fc.array(cell, { minLength: width, maxLength: width }),
          fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 4 }),
        ),
      );
    fc.assert(
      fc.property(table, fc.integer({ min: 70, max: 200 }), ([heads, rows], width) => {
        const text = formatTable(
          heads.map((head, at) => ({ head, align: at % 3 === 0 ? 'left' : 'right' })),
          rows,
          width,
        );
        for (const line of lines(text)) expect(line.length).toBeLessThanOrEqual(width);
        const words = new Set(text.split(/\s+/));
        for (const wanted of [...heads, ...rows.flat()].flatMap((one) => one.split(' ')))
          expect(words).toContain(wanted);
      }),
    );
  });

  it('counts no colour as width', () => {
    const row = ['\u001B[31mdoes not hold\u001B[39m', 'x'];
    const text = formatTable([{ head: '' }, { head: 'id' }], [row], 17);
    expect(lines(text).map(stripVTControlCharacters)).toEqual([
      '               id',
      'does not hold  x',
    ]);
  });
});
