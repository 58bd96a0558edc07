import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../../../tooling/vitest/recorded.ts';
import { compareText, filesOf } from '../../../src/conform/spawn/run-families.ts';
import { CALLS, STATE_FIELDS } from '../../../src/conform/spawn/vocabulary.ts';

const vocabulary = { calls: CALLS, stateFields: STATE_FIELDS };

describeRecorded('the argument checks of clone3, clone and vfork', 'spawn', (folder) => {
  test.each(filesOf(folder, 'A'))('%s', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(compareText('A', text, file, vocabulary).differences).toEqual([]);
  });

  test('an altered errno is found', () => {
    const [file] = filesOf(folder, 'A');
    const text = readFileSync(join(folder, file!), 'utf8').replace('"EINVAL"', '"EPERM"');
    expect(compareText('A', text, file!, vocabulary).differences).toHaveLength(1);
  });
});
