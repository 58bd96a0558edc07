import { expect, test } from 'vitest';
import { isRefusal, refuse } from '../src/index.ts';

test('a refusal carries its errno and its reason', () => {
  expect(refuse('EAGAIN', 'pid range exhausted')).toEqual({
    ok: false,
    errno: 'EAGAIN',
    reason: 'pid range exhausted',
  });
});

test('only refusals are taken for refusals', () => {
  expect(isRefusal(refuse('ENOSPC', 'full'))).toBe(true);
  for (const other of [null, undefined, 0, 'EAGAIN', {}, { ok: true }, { ok: false }]) {
    expect(isRefusal(other)).toBe(false);
  }
});
