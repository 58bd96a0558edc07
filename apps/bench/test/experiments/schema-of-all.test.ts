import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { Parameter } from '../../src/experiments/experiment.ts';
import { experiments } from '../../src/experiments/registry.ts';
import { runCommand } from '../sample/run-command.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../schema/result.json', import.meta.url), 'utf8'),
);
const isResult = new Ajv({ allowUnionTypes: true }).compile(schema);
const example = fileURLToPath(new URL('../../examples/mixed-allocators.ts', import.meta.url));

/** Simulated time costs real time and changes no form, so it is as short as may be. */
const short = (parameters: readonly Parameter[]) =>
  parameters.flatMap((one) =>
    'bounds' in one && one.unit === 'ms' && one.name.startsWith('measured')
      ? ['--set', `${one.name}=${one.bounds.min}`]
      : [],
  );

async function jsonOf(...args: string[]): Promise<unknown> {
  const { status, stdout, stderr } = await runCommand(['run', ...args, '--json'], { experiments });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

test.each(experiments)(
  'what `run $name --json` prints fits the published schema',
  async ({ name, parameters }) => {
    const result = await jsonOf(name, ...short(parameters));
    expect(isResult(result), JSON.stringify(isResult.errors)).toBe(true);
    expect(result).toMatchObject({ experiment: name, seed: 1 });
  },
  240_000,
);

test('the example that mixes two allocators tells its arms apart, one seed one result', async () => {
  const args = [example, '--set', 'measuredMs=5'];
  const result = (await jsonOf(...args)) as { rows: { lines: number; perSecond: number }[] };
  expect(isResult(result), JSON.stringify(isResult.errors)).toBe(true);
  const lines = result.rows.map((row) => row.lines);
  expect(new Set(lines).size).toBe(4);
  expect(result.rows.every(({ perSecond }) => perSecond > 0)).toBe(true);
  expect(await jsonOf(...args)).toEqual(result);
});
