import { describe, expect, test } from 'vitest';
import { orElse, similarNames } from '../src/suggest.ts';

const names = ['pidmap-lock', 'fork-rss', 'fork-vmas', 'spawn-templates'];

describe('similarNames', () => {
  test.each([
    ['pidmap-lcok', ['pidmap-lock']],
    ['PIDMAP-LOCK', ['pidmap-lock']],
    ['fork', ['fork-rss', 'fork-vmas']],
    ['fork-vma', ['fork-vmas']],
    ['fork-rsas', ['fork-rss', 'fork-vmas']],
    ['something else', []],
    ['', []],
  ])('%j is like %j', (given, expected) => {
    expect(similarNames(given, names)).toEqual(expected);
  });
});

describe('orElse', () => {
  test('names what is near, else everything, else the command that lists it', () => {
    expect(orElse('fork', names)).toBe('did you mean fork-rss or fork-vmas?');
    expect(orElse('x', names)).toBe(`there are ${names.join(', ')}.`);
    const many = Array.from({ length: 30 }, (_, index) => `name-${index + 100}`);
    expect(orElse('x', many, 'forkless topology')).toBe('`forkless topology` lists all 30.');
    expect(orElse('x', [])).toBe('there are none yet.');
  });
});
