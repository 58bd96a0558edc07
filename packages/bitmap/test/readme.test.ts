import { expect, test } from 'vitest';
import { Bitmap, formatHwloc, formatList, formatMask, parseList } from '../src/index.ts';

test('the example of the README prints what it says', () => {
  const parsed = parseList('0-3,8-15:2/4', 64);
  if (!parsed.ok) throw new Error(parsed.reason);
  const idle = new Bitmap(64).andnot(parsed.bitmap, Bitmap.of(64, [1, 2, 9]));
  expect(formatList(idle)).toBe('0,3,8,12-13');
  expect(formatMask(idle)).toBe('00000000,00003109');
  expect(formatHwloc(idle)).toBe('0x00003109');
  expect([idle.weight(), idle.first(), idle.nth(2)]).toEqual([5, 0, 8]);
});
