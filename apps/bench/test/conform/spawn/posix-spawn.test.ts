import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../../../tooling/vitest/recorded.ts';
import { compareText, filesOf } from '../../../src/conform/spawn/run-families.ts';
import { CALLS, STATE_FIELDS } from '../../../src/conform/spawn/vocabulary.ts';
import { alteredOnce } from './altered-once.ts';

const vocabulary = { calls: CALLS, stateFields: STATE_FIELDS };

describeRecorded('posix_spawn', 'spawn', (folder) => {
  const files = filesOf(folder, 'E');

  test.each(files)('%s', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(compareText('E', text, file, vocabulary).differences).toEqual([]);
  });

  test.each(alteredOnce(folder, files))(
    'an altered answer of %s in %s is found',
    (_, file, text) => {
      expect(compareText('E', text, file, vocabulary).differences).toHaveLength(1);
    },
  );
});
