import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../../../tooling/vitest/recorded.ts';
import { compareText, filesOf } from '../../../src/conform/spawn/run-families.ts';
import { CALLS, STATE_FIELDS } from '../../../src/conform/spawn/vocabulary.ts';
import { alteredOnce } from './altered-once.ts';

const vocabulary = { calls: CALLS, stateFields: STATE_FIELDS };

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

describeRecorded('descriptors', 'spawn', (folder) => {
  test.each(filesOf(folder, 'C'))('%s', (file) => {
    expect(compareText('C', read(folder, file), file, vocabulary).differences).toEqual([]);
  });

  test.each(alteredOnce(folder, filesOf(folder, 'C')))(
    'an altered answer of %s is found',
    (_call, file, text) => {
      expect(compareText('C', text, file, vocabulary).differences).toHaveLength(1);
    },
  );
});

describeRecorded('exec', 'spawn', (folder) => {
  test.each(filesOf(folder, 'B'))('%s', (file) => {
    expect(compareText('B', read(folder, file), file, vocabulary).differences).toEqual([]);
  });

  test.each(alteredOnce(folder, filesOf(folder, 'B')))(
    'an altered answer of %s is found',
    (_call, file, text) => {
      expect(compareText('B', text, file, vocabulary).differences).toHaveLength(1);
    },
  );

  test('an altered report of a program is found', () => {
    const file = 'B20-survive-cwd.json';
    const text = read(folder, file).replace('"umask": 95}}', '"umask": 96}}');
    expect(compareText('B', text, file, vocabulary).differences).toHaveLength(1);
  });

  test('an altered limit of the argument size is found', () => {
    const file = 'B12-arglimit-bytes-10.json';
    const text = read(folder, file).replace('"largest": 75871', '"largest": 75872');
    expect(compareText('B', text, file, vocabulary).differences).toHaveLength(1);
  });
});

test('a call that is not known is a difference of its own, and the steps after it go on', () => {
  const text = JSON.stringify({
    name: 'unknown',
    exit_status: 0,
    steps: [
      { call: 'frobnicate', fd: 0, ret: 0, errno: null },
      { call: 'open', path: '/t/x', flags: 'O_RDWR|O_FROB', ret: 3, errno: null },
      { call: 'dup', fd: 0, ret: 3, errno: null },
    ],
  });
  const { checks, differences } = compareText('C', text, 'unknown.json', vocabulary);
  expect(checks).toBe(4);
  expect(differences.map(({ step }) => step)).toEqual(['0 frobnicate', '1 open']);
});
