import { expect, test } from 'vitest';
import {
  comparePaths,
  mechanismNamed,
  MECHANISMS,
  pathLines,
  SAMPLE_REQUEST,
  searchPaths,
} from '../src/index.ts';

const lines = (name: string) => pathLines(mechanismNamed(name)!.pathFor(SAMPLE_REQUEST).nodes);

test('a path compared with itself has no difference', () => {
  for (const { name } of MECHANISMS) {
    expect(comparePaths(lines(name), lines(name)).every(({ side }) => side === 'both')).toBe(true);
  }
});

test('glibc 2.36 and 2.39 differ by the looks at every signal', () => {
  const differences = comparePaths(lines('posix-spawn-2.36'), lines('posix-spawn-2.39'))
    .filter(({ side }) => side !== 'both')
    .map(({ side, text }) => `${side}: ${text}`);
  expect(differences).toEqual([
    'first: child: enter the kernel × 122',
    'first: child: look at every signal',
  ]);
});

test('the second stage in the kernel copies no memory and enters the kernel once', () => {
  const texts = lines('kernel-spawn-2').map(({ text }) => text);
  expect(texts).toContain('no memory yet');
  expect(texts.filter((text) => text.includes('enter the kernel'))).toHaveLength(1);
});

test('an overlong element of PATH is passed over, the working directory is tried', () => {
  const long = `/${'l'.repeat(5000)}`;
  expect(searchPaths('tool', `${long}:/bin`)).toEqual(['tool', '/bin/tool']);
  expect(searchPaths('tool', '/a::/b')).toEqual(['/a/tool', 'tool', '/b/tool']);
  expect(searchPaths('tool', null)).toEqual(['/bin/tool', '/usr/bin/tool']);
});
