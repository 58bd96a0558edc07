import { describe, expect, test } from 'vitest';
import { showCell, showFigure, showNumber, showPublished } from '../src/show-value.ts';

describe('numbers as text', () => {
  test.each([
    [0, 0, '0'],
    [999, 0, '999'],
    [1000, 0, '1,000'],
    [-1234567.891, 2, '-1,234,567.89'],
    [1234.56789, 5, '1,234.56789'],
    [Number.NaN, 0, 'NaN'],
  ])('%d with %d digits is %s', (value, digits, text) => {
    expect(showNumber(value, digits)).toBe(text);
  });

  test.each([
    [465000, '465,000'],
    [2.345678, '2.35'],
    [0.0213456, '0.0213'],
    [0, '0'],
    [-0.5, '-0.500'],
    [1234.5, '1,235'],
  ])('the figure %d is %s', (value, text) => {
    expect(showFigure(value)).toBe(text);
  });

  test('bands, words and cells', () => {
    expect(showPublished([510e3, 560e3], 'ops/s')).toBe('510,000 – 560,000 ops/s');
    expect(showPublished('meh', 'ops/s')).toBe('meh');
    expect([showCell(null), showCell(true), showCell(undefined), showCell('a')]).toEqual([
      '',
      'yes',
      '',
      'a',
    ]);
  });
});
