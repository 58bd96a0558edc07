import { describe, expect, test } from 'vitest';
import { missingFromLock } from '../release/lock-complete.mjs';

const complete = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      optionalDependencies: { '@tool/linux-x64': '1.0.0', '@tool/darwin-arm64': '1.0.0' },
    },
    'node_modules/@tool/linux-x64': { version: '1.0.0' },
    'node_modules/other/node_modules/@tool/darwin-arm64': { version: '1.0.0' },
  },
};

describe('missingFromLock', () => {
  test('a lock file that holds every platform misses nothing, wherever a package lies', () => {
    expect([...missingFromLock(complete)]).toEqual([]);
  });

  test('a platform left out is named with the package that asks for it', () => {
    const { 'node_modules/@tool/linux-x64': _, ...packages } = complete.packages;
    expect([...missingFromLock({ packages })]).toEqual([['tool@1.0.0', ['@tool/linux-x64']]]);
  });

  test('a package whose name only ends alike is not taken for it', () => {
    const packages = {
      'node_modules/tool': { version: '2.0.0', optionalDependencies: { 'linux-x64': '1.0.0' } },
      'node_modules/@tool/linux-x64': { version: '1.0.0' },
    };
    expect([...missingFromLock({ packages })]).toEqual([['tool@2.0.0', ['linux-x64']]]);
  });
});
