import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { sampleExperiment } from '../sample/sample-experiment.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../schema/result.json', import.meta.url), 'utf8'),
);
const isResult = new Ajv({ allowUnionTypes: true }).compile(schema);
const result = sampleExperiment.run({
  seed: 1,
  params: { cpuCount: 3, lock: 'mcs', holdShare: 0.5, padded: false },
  progress() {},
});

/** What `--json` prints and a program reads. */
const throughJson = (value: unknown) => JSON.parse(JSON.stringify(value));

test('a result fits the published schema', () => {
  expect(isResult(throughJson(result))).toBe(true);
});

test('what is no result does not', () => {
  const broken: readonly object[] = [
    { ...result, kind: 'more' },
    { ...result, seed: -1 },
    { ...result, rows: [{ nested: {} }] },
    { ...result, claims: result.claims.map((claim) => ({ ...claim, kind: 'guessed' })) },
    { ...result, counted: { trips: { value: 'three', unit: '', note: 'n' } } },
    { ...result, predicted: undefined },
  ];
  for (const one of broken) expect(isResult(throughJson(one))).toBe(false);
});
