import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importProblems } from '../release/imports.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forkless-imports-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function problemsWith(files: Record<string, string>, dependencies: readonly string[]): string[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const manifest = {
    name: '@forkless/pid',
    version: '0.1.0',
    dependencies: Object.fromEntries(dependencies.map((name) => [name, '^0.1.0'])),
  };
  return importProblems({ folder, path: 'packages/pid', manifest }, new Set(['vitest']));
}

describe('importProblems', () => {
  test('imports and dependencies that agree are no problem', () => {
    const files = {
      'src/index.ts': `export { pid } from './pid.ts';\nexport type { Idr } from '@forkless/xarray';`,
      'src/pid.ts': `import { join } from 'node:path';\nimport { lock } from '@forkless/sim/lock';`,
      'test/pid.test.ts': `import { test } from 'vitest';\nimport { pid } from '../src/pid.ts';`,
    };
    expect(problemsWith(files, ['@forkless/xarray', '@forkless/sim'])).toEqual([]);
  });

  test('an import that is not declared is named, types and re-exports included', () => {
    const files = {
      'src/a.ts': `import type { Idr } from '@forkless/xarray';`,
      'src/b.ts': `export { lock } from '@forkless/sim';`,
      'src/c.ts': `const { x } = await import('commander');`,
    };
    expect(problemsWith(files, []).map((problem) => problem.split(' ')[2])).toEqual([
      '@forkless/xarray',
      '@forkless/sim',
      'commander',
    ]);
  });

  test('a dependency that only tests use is not one', () => {
    const files = { 'src/a.ts': '', 'test/a.test.ts': `import '@forkless/sim';` };
    expect(problemsWith(files, ['@forkless/sim'])).toEqual([
      'packages/pid depends on @forkless/sim but imports it nowhere in src',
    ]);
  });

  test('tests take in nothing undeclared, and nobody reaches into another package', () => {
    const files = {
      'src/a.ts': `import '../../xarray/src/idr.ts';`,
      'test/a.test.ts': `import 'fast-check';`,
    };
    expect(problemsWith(files, [])).toEqual([
      'packages/pid imports fast-check in test or bench but declares it nowhere',
      expect.stringContaining('imports ../../xarray/src/idr.ts'),
    ]);
  });
});
