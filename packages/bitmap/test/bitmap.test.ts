import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '@forkless/errors';
import { Bitmap, NBITS_MAX } from '../src/index.ts';
import { PlainSet } from './reference/plain-set.ts';

fc.configureGlobal({ seed: 0x666f726b, numRuns: 300 });

const widths = fc.constantFrom(1, 5, 31, 32, 33, 63, 64, 65, 100, 256, 1000, 1024);

/** Two sets of one width with their plain twins. */
const pairs = widths.chain((nbits) =>
  fc
    .tuple(...[0, 1].map(() => fc.array(fc.nat(nbits - 1), { maxLength: 2 * nbits })))
    .map((lists) =>
      lists.map((bits) => {
        const plain = new PlainSet(nbits);
        for (const bit of bits!) plain.bits.add(bit);
        return { fast: Bitmap.of(nbits, bits!), plain };
      }),
    ),
);

const bits = (set: Set<number>) => [...set].toSorted((m, n) => m - n);
const at = (list: number[], index: number, nbits: number) => list[index] ?? nbits;

describe('against a plain set of numbers', () => {
  test('algebra gives the same sets', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const [x, y] = [a!.plain.bits, b!.plain.bits];
        const made = () => new Bitmap(a!.fast.nbits);
        const [fa, fb] = [a!.fast, b!.fast];
        expect([...made().and(fa, fb)]).toEqual(a!.plain.common(b!.plain));
        expect([...made().or(fa, fb)]).toEqual(bits(new Set([...x, ...y])));
        expect([...made().andnot(fa, fb)]).toEqual(a!.plain.sorted.filter((bit) => !y.has(bit)));
        expect([...made().xor(fa, fb)]).toEqual(
          bits(new Set([...x, ...y].filter((bit) => x.has(bit) !== y.has(bit)))),
        );
        expect([...made().complement(fa)]).toEqual(a!.plain.zeros);
        expect([...fa.clone().and(fa, fb)]).toEqual(a!.plain.common(b!.plain));
      }),
    );
  });

  test('questions have the same answers', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const [fa, fb] = [a!.fast, b!.fast];
        const common = a!.plain.common(b!.plain);
        expect(fa.weight()).toBe(a!.plain.bits.size);
        expect(fa.weightAnd(fb)).toBe(common.length);
        expect(fa.intersects(fb)).toBe(common.length > 0);
        expect(fa.isSubsetOf(fb)).toBe(common.length === a!.plain.bits.size);
        expect(fa.equals(fb)).toBe(a!.plain.sorted.join() === b!.plain.sorted.join());
        expect(fa.isEmpty()).toBe(a!.plain.bits.size === 0);
        expect(fa.isFull()).toBe(a!.plain.bits.size === fa.nbits);
      }),
    );
  });

  test('every search finds the same bit, and the width when there is none', () => {
    fc.assert(
      fc.property(pairs, fc.nat(1100), ([a, b], from) => {
        const [fa, fb] = [a!.fast, b!.fast];
        const { nbits } = fa;
        const { sorted, zeros } = a!.plain;
        const common = a!.plain.common(b!.plain);
        expect(fa.first()).toBe(at(sorted, 0, nbits));
        expect(fa.last()).toBe(sorted.at(-1) ?? nbits);
        expect(fa.next(from)).toBe(sorted.find((bit) => bit >= from) ?? nbits);
        expect(fa.nth(from)).toBe(at(sorted, from, nbits));
        expect(fa.firstZero()).toBe(at(zeros, 0, nbits));
        expect(fa.nextZero(from)).toBe(zeros.find((bit) => bit >= from) ?? nbits);
        expect(fa.nthZero(from)).toBe(at(zeros, from, nbits));
        expect(fa.firstAnd(fb)).toBe(at(common, 0, nbits));
        expect(fa.nextAnd(fb, from)).toBe(common.find((bit) => bit >= from) ?? nbits);
        expect(fa.nthAnd(fb, from)).toBe(at(common, from, nbits));
      }),
    );
  });

  test('iteration visits the same bits in ascending order', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const seen: number[] = [];
        a!.fast.forEach((bit) => seen.push(bit));
        const both: number[] = [];
        a!.fast.forEachAnd(b!.fast, (bit) => both.push(bit));
        expect(seen).toEqual(a!.plain.sorted);
        expect([...a!.fast]).toEqual(a!.plain.sorted);
        expect(both).toEqual(a!.plain.common(b!.plain));
      }),
    );
  });

  test('ranges set and clear what single bits do', () => {
    fc.assert(
      fc.property(widths, fc.nat(1023), fc.nat(1023), (nbits, left, right) => {
        const start = Math.min(left, right) % (nbits + 1);
        const count = Math.min(Math.abs(left - right), nbits - start);
        const inside = (bit: number) => bit >= start && bit < start + count;
        const every = Array.from({ length: nbits }, (_, bit) => bit);
        expect([...new Bitmap(nbits).setRange(start, count)]).toEqual(every.filter(inside));
        expect([...new Bitmap(nbits).fill().clearRange(start, count)]).toEqual(
          every.filter((bit) => !inside(bit)),
        );
      }),
    );
  });
});

describe('bits at or above the width', () => {
  test('stay zero after fill, complement and a narrowing', () => {
    expect([...new Bitmap(33).fill().words]).toEqual([0xffffffff, 1]);
    expect([...new Bitmap(33).complement(new Bitmap(33)).words]).toEqual([0xffffffff, 1]);
    expect([...new Bitmap(64).fill().resized(40).words]).toEqual([0xffffffff, 0xff]);
  });

  test('are never members and cannot be set or cleared', () => {
    const set = new Bitmap(10).fill();
    expect(set.test(10)).toBe(false);
    expect(set.test(-1)).toBe(false);
    expect(() => set.set(10)).toThrow(InvariantError);
    expect(() => set.clear(-1)).toThrow(InvariantError);
    expect(() => set.setRange(9, 2)).toThrow(InvariantError);
  });

  test('are refused in words that are lent to a set', () => {
    expect(() => new Bitmap(4, Uint32Array.of(0x10))).toThrow(InvariantError);
    expect([...new Bitmap(4, Uint32Array.of(0xf))]).toEqual([0, 1, 2, 3]);
  });
});

test('sets of different widths are not combined', () => {
  expect(() => new Bitmap(32).and(new Bitmap(32), new Bitmap(33))).toThrow(InvariantError);
  expect(() => new Bitmap(32).intersects(new Bitmap(64))).toThrow(InvariantError);
});

test('a width is an integer from 0 to the maximum', () => {
  expect(new Bitmap(0).first()).toBe(0);
  expect(new Bitmap(0).fill().weight()).toBe(0);
  for (const nbits of [-1, 1.5, Number.NaN, NBITS_MAX + 1]) {
    expect(() => new Bitmap(nbits)).toThrow(InvariantError);
  }
});

test('a set can lie over shared memory', () => {
  const shared = new Uint32Array(new SharedArrayBuffer(8));
  new Bitmap(64, shared).set(40);
  expect(new Bitmap(64, shared).first()).toBe(40);
});
