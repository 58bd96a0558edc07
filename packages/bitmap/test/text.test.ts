import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Bitmap,
  formatHwloc,
  formatList,
  formatMask,
  formatTaskset,
  formatUtilLinuxList,
  maskTextBits,
  parseHwloc,
  parseList,
  parseMask,
  parseTaskset,
  type ParsedBitmap,
} from '../src/index.ts';

fc.configureGlobal({ seed: 0x666f726b, numRuns: 300 });

const sets = fc
  .constantFrom(1, 13, 32, 33, 64, 100, 256, 1024)
  .chain((nbits) =>
    fc.array(fc.nat(nbits - 1), { maxLength: nbits }).map((bits) => Bitmap.of(nbits, bits)),
  );

const bitsOf = (parsed: ParsedBitmap) => (parsed.ok ? [...parsed.bitmap] : parsed.errno);

describe('every spelling', () => {
  test('is read back as the set it was printed from', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const bits = [...set];
        expect(bitsOf(parseList(formatList(set), set.nbits))).toEqual(bits);
        expect(bitsOf(parseList(formatUtilLinuxList(set), set.nbits))).toEqual(bits);
        expect(bitsOf(parseMask(formatMask(set), set.nbits))).toEqual(bits);
        expect(bitsOf(parseHwloc(formatHwloc(set), set.nbits))).toEqual(bits);
        expect(bitsOf(parseHwloc(formatHwloc(set)))).toEqual(bits);
        expect(bitsOf(parseTaskset(formatTaskset(set), set.nbits))).toEqual(bits);
        expect(maskTextBits(formatMask(set))).toBe(Math.ceil(set.nbits / 32) * 32);
      }),
    );
  });

  test('takes any text without throwing', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'0189afN:/-, \n\0xALl\u00a0') }),
    );
    fc.assert(
      fc.property(text, fc.nat(200), (input, nbits) => {
        for (const parse of [parseList, parseMask, parseHwloc, parseTaskset]) {
          expect(typeof parse(input, nbits).ok).toBe('boolean');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the kernel list', () => {
  test.for<[string, number, number[] | string]>([
    ['', 8, []],
    [' ,\t\n', 8, []],
    ['3\n5', 8, [3]],
    ['\n5', 8, [5]],
    ['0-7:2/4\n', 8, [0, 1, 4, 5]],
    ['0-7:2/41', 16, [0, 1]],
    ['ALL', 3, [0, 1, 2]],
    ['all:1/2', 5, [0, 2, 4]],
    ['N', 5, [4]],
    ['n', 5, 'EINVAL'],
    ['5:1/2', 8, 'EINVAL'],
    ['5-5:1/2', 8, [5]],
    ['0-7:0/2', 8, []],
    ['9-8', 4, 'EINVAL'],
    ['4-9,x', 8, 'ERANGE'],
    ['4294967295', 8, 'EINVAL'],
    ['4294967296', 8, 'EOVERFLOW'],
    ['99999999999999999999999999', 8, 'EOVERFLOW'],
    ['1\u00a02', 8, 'EINVAL'],
  ])('%j in %i bits', ([text, nbits, expected]) => {
    expect(bitsOf(parseList(text, nbits))).toEqual(expected);
  });

  test('takes the byte 0xA0 as white space', () => {
    expect(bitsOf(parseList(Uint8Array.of(0x31, 0xa0, 0x32), 8))).toEqual([1, 2]);
  });

  test('prints two neighbours as a range, the list of util-linux does not', () => {
    const set = Bitmap.of(16, [0, 1, 4, 5, 6, 9]);
    expect(formatList(set)).toBe('0-1,4-6,9');
    expect(formatUtilLinuxList(set)).toBe('0,1,4-6,9');
  });
});

describe('the kernel mask', () => {
  test.for<[string, number, number[] | string]>([
    ['1,2', 64, [1, 32]],
    ['', 8, []],
    ['3\nzz', 8, [0, 1]],
    ['3\0', 8, [0, 1]],
    ['100', 8, 'EOVERFLOW'],
    ['0,1', 32, 'EOVERFLOW'],
    ['0x1', 32, 'EINVAL'],
    ['111111111', 64, 'EOVERFLOW'],
  ])('%j in %i bits', ([text, nbits, expected]) => {
    expect(bitsOf(parseMask(text, nbits))).toEqual(expected);
  });

  test('is as wide as the set', () => {
    expect(formatMask(Bitmap.of(13, [12]))).toBe('1000');
    expect(formatMask(Bitmap.of(64, [3, 5, 6, 7]))).toBe('00000000,000000e8');
    expect(formatMask(new Bitmap(0))).toBe('');
  });
});

describe('the text of hwloc', () => {
  test.for<[string, number | undefined, number[] | string]>([
    ['0x0', undefined, []],
    ['0x00000001,0x80000000', undefined, [31, 32]],
    ['0xf...f,0x00000001', 40, [0, 32, 33, 34, 35, 36, 37, 38, 39]],
    ['0xf...f', 3, [0, 1, 2]],
    ['0x00000001,,0x2', undefined, [1, 64]],
    ['0x1ffffffff', undefined, 'EOVERFLOW'],
    ['0x10', 4, 'ERANGE'],
    ['banana', undefined, 'EINVAL'],
    ['0x', undefined, 'EINVAL'],
  ])('%j in %o bits', ([text, nbits, expected]) => {
    expect(bitsOf(parseHwloc(text, nbits))).toEqual(expected);
  });
});

test('taskset prints one number without leading zeros', () => {
  expect(formatTaskset(Bitmap.of(100, [0, 64]))).toBe('10000000000000001');
  expect(formatTaskset(new Bitmap(100))).toBe('0');
  expect(bitsOf(parseTaskset('0x3', 1))).toEqual('ERANGE');
});
