// Recordings of our own of a real kernel, beside those that come from elsewhere: they are always there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareText, type Family } from '../../../src/conform/spawn/run-families.ts';
import { CALLS, STATE_FIELDS } from '../../../src/conform/spawn/vocabulary.ts';

const folder = join(import.meta.dirname, '../../recorded/spawn');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const vocabulary = { calls: CALLS, stateFields: STATE_FIELDS };

const differences = (file: string, text: string) =>
  compareText(file[0] as Family, text, file, vocabulary).differences;

describe('what a real kernel answered us', () => {
  test.each(files)('%s', (file) => {
    expect(differences(file, readFileSync(join(folder, file), 'utf8'))).toEqual([]);
  });

  test.each(files)('an altered answer of %s is found', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const altered = text.replace(/("errno": |"ret": )(?:"E\w+"|\d+)/, '$1"EX"');
    expect(altered).not.toBe(text);
    expect(differences(file, altered)).toHaveLength(1);
  });
});
