import { expect, test } from 'vitest';
import { createProgress } from '../../src/terminal/progress.ts';

function progressAt(times: readonly number[], isTTY = true) {
  let written = '';
  let at = 0;
  const stream = { write: (text: string) => void (written += text), isTTY, columns: 60 };
  const progress = createProgress({
    stdout: stream,
    stderr: stream,
    env: {},
    nowMs: () => times[at++] ?? 0,
  });
  return { progress, written: () => written };
}

test('work of less than a second shows nothing', () => {
  const { progress, written } = progressAt([0, 500, 999]);
  progress.update(1, 3, 'a');
  progress.update(2, 3, 'b');
  progress.end();
  expect(written()).toBe('');
});

test('the line is redrawn at most ten times a second and fits the terminal', () => {
  const { progress, written } = progressAt([0, 1000, 1050, 1100]);
  progress.update(1, 4, 'first of many very long descriptions');
  progress.update(2, 4, 'second');
  progress.update(3, 4, 'third');
  progress.end();
  expect(written()).not.toContain('second');
  const lines = written().split('\r\u001B[K');
  expect(lines[1]).toMatch(/^\[#{6}\.{18}\] {2}25 % 1 s {2}first of/);
  expect(lines[2]).toContain('third');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(60);
  expect(lines.at(-1)).toBe('');
});

test('nothing is drawn into a pipe', () => {
  const { progress, written } = progressAt([0, 5000], false);
  progress.update(1, 2, 'a');
  progress.end();
  expect(written()).toBe('');
});
