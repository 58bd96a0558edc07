import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

/** A repository with our lint rules and one import in each of a few packages. */
const imports = {
  'packages/bitmap/src/down.ts': '@forkless/errors',
  'packages/bitmap/src/up.ts': '@forkless/sim',
  'packages/sim/src/down.ts': '@forkless/bitmap',
  'packages/sim/src/sideways.ts': '@forkless/topology',
  'packages/spawn/src/down.ts': '@forkless/task',
  'packages/spawn/src/beside.ts': '@forkless/host',
  'packages/host/src/app.ts': 'forkless',
  'apps/bench/src/down.ts': '@forkless/host',
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forkless-floors-'));
  for (const [path, name] of Object.entries(imports)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `import { it } from '${name}';\nit();\n`);
  }
  for (const file of ['.oxlintrc.json', 'tooling/lint/floors.json']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test('imports up, sideways, of what stands beside and of an app are refused, those down are not', () => {
  const linter = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  let output = '[]';
  try {
    execFileSync(process.execPath, [linter, '--format=json'], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const { diagnostics } = JSON.parse(output) as {
    diagnostics: { filename: string; code: string }[];
  };
  const refused = diagnostics.filter(({ code }) => code.includes('no-restricted-imports'));
  expect(refused.map(({ filename }) => filename).toSorted()).toEqual([
    'packages/bitmap/src/up.ts',
    'packages/host/src/app.ts',
    'packages/sim/src/sideways.ts',
    'packages/spawn/src/beside.ts',
  ]);
});
