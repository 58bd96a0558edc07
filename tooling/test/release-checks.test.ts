import { describe, expect, test } from 'vitest';
import { dependencyProblems, unexplained } from '../release/dependencies.mjs';
import { metadataProblems } from '../release/metadata.mjs';
import { sizeProblems } from '../release/size.mjs';

const house = { name: 'root', version: '0.0.0', license: 'MIT', engines: { node: '>=20.19' } };
const manifest = {
  name: '@forkless/pid',
  version: '0.1.0',
  description: 'PID namespaces and the allocators under them',
  keywords: ['allocator', 'idr', 'linux', 'pid'],
  license: 'MIT',
  repository: { directory: 'packages/pid' },
  files: ['dist', 'CHANGELOG.md'],
  sideEffects: false,
  exports: {
    '.': {
      import: { types: './dist/index.d.ts', default: './dist/index.js' },
      require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
    },
    './package.json': './package.json',
  },
  publishConfig: { access: 'public' },
  engines: { node: '>=20.19' },
};
const workspace = { folder: '', path: 'packages/pid', manifest };
const metadata = (changes: object) =>
  metadataProblems({ ...workspace, manifest: { ...manifest, ...changes } }, house);

describe('metadataProblems', () => {
  test('a package.json that says everything has none', () => {
    expect(metadata({})).toEqual([]);
  });

  test.each([
    ['another license', { license: 'ISC' }],
    ['no description', { description: '' }],
    ['keywords out of order', { keywords: ['b', 'a', 'c', 'd'] }],
    ['the folder of another package', { repository: { directory: 'packages/mm' } }],
    ['side effects', { sideEffects: true }],
    ['another Node', { engines: { node: '>=18' } }],
    ['no changelog in the tarball', { files: ['dist'] }],
    [
      'types after code',
      {
        exports: {
          ...manifest.exports,
          '.': {
            import: { default: './dist/index.js', types: './dist/index.d.ts' },
            require: manifest.exports['.'].require,
          },
        },
      },
    ],
  ])('%s is one problem', (_, changes) => {
    expect(metadata(changes)).toHaveLength(1);
  });
});

describe('dependencyProblems', () => {
  const problems = (locked: object) =>
    dependencyProblems({
      packages: { '': {}, 'node_modules/tool': { version: '1.0.0', license: 'MIT', ...locked } },
    });

  test('free, kept and without a script is fine, and so is one license of a choice', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ license: '(GPL-3.0 OR MIT)' })).toEqual([]);
  });

  test('a license that asks for more is fine in a tool alone, and no license nowhere', () => {
    expect(problems({ license: 'MPL-2.0', dev: true })).toEqual([]);
    expect(problems({ license: 'MPL-2.0' })).toEqual(['tool@1.0.0 has the license MPL-2.0']);
    expect(problems({ license: undefined, dev: true })).toHaveLength(1);
    expect(problems({ license: 'GPL-2.0-only', dev: true })).toHaveLength(1);
  });

  test('one given up by its makers and one with a script are named', () => {
    expect(problems({ deprecated: 'use another' })).toEqual([
      'tool@1.0.0 is given up by its makers: use another',
    ]);
    expect(problems({ hasInstallScript: true, dev: true })).toEqual([
      'tool@1.0.0 has an installation script',
    ]);
  });
});

test('what users get without a line that explains it is named', () => {
  const all = [
    workspace,
    {
      ...workspace,
      manifest: {
        ...manifest,
        name: 'forkless',
        dependencies: { one: '1.0.0', '@forkless/pid': '^0.1.0' },
      },
    },
  ];
  expect(unexplained(all, '| one 1.0.0 | for |')).toEqual([]);
  expect(unexplained(all, '| one 1.0.1 | for |')).toHaveLength(1);
});

test('a package over its budget, one without and a budget without package are named', () => {
  const budget = { a: { alone: 2, withSiblings: 4 }, gone: { alone: 1, withSiblings: 1 } };
  const sizes = { a: { alone: 2.1, withSiblings: 4 }, b: { alone: 1, withSiblings: 1 } };
  expect(sizeProblems(sizes, budget)).toEqual([
    'a takes 2.1 KiB alone, and its budget is 2',
    'b has no budget in size-budget.json',
    'size-budget.json knows a package gone that is none',
  ]);
});
