import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import { XA_INDEX_MAX, XArray, type Mark } from '../src/index.ts';

const plain = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);
const shape = (array: XArray<string>) =>
  [...array.entries()].map(({ index, value }) => [index, value, array.getOrder(index)]);

describe('entries over many indices', () => {
  test.each(Array.from({ length: 64 }, (_, order) => order))(
    'an entry of order %i covers its aligned indices and no other',
    (order) => {
      const array = new XArray<string>();
      const first = order === 63 ? 0n : 2n ** BigInt(order);
      array.storeOrder(first + (2n ** BigInt(order) - 1n), order, 'a');
      const last = first + 2n ** BigInt(order) - 1n;
      expect([array.load(first), array.load(last)]).toEqual(['a', 'a']);
      expect(array.load(last + 1n)).toBeNull();
      if (first > 0n) expect(array.load(first - 1n)).toBeNull();
      expect([array.getOrder(first), array.getOrder(last)]).toEqual([order, order]);
      expect(array.erase(last)).toBe('a');
      expect([array.isEmpty, array.nodeCount]).toEqual([true, 0]);
    },
  );

  test('a store of a smaller order replaces the value and keeps the span', () => {
    const array = new XArray<string>();
    array.storeOrder(64, 5, 'a');
    array.setMark(70, 1);
    expect(array.store(90, 'b')).toBe('a');
    array.storeOrder(64, 2, 'c');
    expect(shape(array)).toEqual([[64, 'c', 5]]);
    expect(array.getMark(95, 1)).toBe(true);
  });

  test('a wider entry replaces narrower ones, a narrower one elsewhere leaves it', () => {
    const array = new XArray<string>();
    for (const index of [128, 130, 200]) array.store(index, 'a');
    array.store(300, 'z');
    array.storeOrder(130, 7, 'b');
    expect(shape(array)).toEqual([
      [128, 'b', 7],
      [300, 'z', 0],
    ]);
  });

  test('a search begun inside an entry shows it at that index, the next one passes it over', () => {
    const array = new XArray<string>();
    array.storeOrder(8, 3, 'a');
    array.store(16, 'b');
    expect(array.find(11)).toEqual({ index: 11, value: 'a' });
    expect(array.findAfter(8)).toEqual({ index: 16, value: 'b' });
    expect(array.findAfter(11)).toEqual({ index: 16, value: 'b' });
    expect(array.findAfter(XA_INDEX_MAX)).toBeUndefined();
  });

  test('a marked search begun behind the first slot goes back to the first index', () => {
    const array = new XArray<string>();
    array.storeOrder(8, 3, 'a');
    array.setMark(15, 1);
    expect(array.find(11, 99, 1)).toEqual({ index: 8, value: 'a' });
    expect(array.findAfter(8, 99, 1)).toEqual({ index: 8, value: 'a' });
    expect([...array.entries(0, 99, 1)]).toEqual([{ index: 8, value: 'a' }]);
  });

  test('a walk by mark sees an entry of five indices once, and goes on to what is marked beyond', () => {
    const array = new XArray<string>();
    for (const [first, last] of [
      [5, 9],
      [20, 22],
      [2n ** 64n - 5n, 2n ** 64n - 2n],
    ] as const) {
      array.storeRange(first, last, `${first}`);
      array.setMark(first, 0);
    }
    array.store(30, 'no mark');
    const seen = [...array.entries(0, XA_INDEX_MAX, 0)].map(({ value }) => value);
    expect(seen).toEqual(['5', '20', `${2n ** 64n - 5n}`]);
  });
});

describe('ranges', () => {
  test.each([
    [0, 0],
    [1, 6],
    [60, 70],
    [0, 4095],
    [4095, 4096],
    [123_456, 1 << 24],
    [2n ** 64n - 5n, XA_INDEX_MAX],
  ])('every index from %s to %s loads the value, and none beside', (first, last) => {
    const array = new XArray<string>();
    expect(array.storeRange(first, last, 'a')).toBeUndefined();
    const [low, high] = [BigInt(first), BigInt(last)];
    const inside = [low, high, (low + high) / 2n];
    expect(inside.map((index) => array.load(index))).toEqual(['a', 'a', 'a']);
    if (low > 0n) expect(array.load(low - 1n)).toBeNull();
    if (high < XA_INDEX_MAX) expect(array.load(high + 1n)).toBeNull();
    array.storeRange(first, last, null);
    expect([array.isEmpty, array.nodeCount]).toEqual([true, 0]);
  });

  test('a range that fills a slot of a higher level is one slot there, and splits as that', () => {
    const array = new XArray<string>();
    array.storeRange(0, 4095, 'wide');
    expect(array.getOrder(0)).toBe(12);
    expect(array.split(0, 7)).toBeUndefined();
    expect([...array.entries()].map(({ index }) => index)).toEqual(
      Array.from({ length: 32 }, (_, part) => part * 128),
    );
    expect(array.getOrder(128)).toBe(7);
  });

  test('a range backwards is refused', () => {
    expect(plain(new XArray<string>().storeRange(5, 4, 'a'))).toBe('EINVAL');
  });

  test('a range that begins inside an older entry is stored from its first index on', () => {
    const array = new XArray<string>();
    array.storeRange(1, 6, 'old');
    array.storeRange(4, 9, 'new');
    expect([1, 3, 6, 7, 9].map((index) => array.load(index))).toEqual([
      'new',
      'new',
      'new',
      null,
      null,
    ]);
  });

  test('an array gives back what a range has covered', () => {
    const array = new XArray<object>();
    array.storeOrder(0, 6, {});
    for (let index = 0; index < 300; index++) array.store(index, {});
    array.storeRange(0, 4095, {});
    array.erase(0);
    const { values } = array.snapshot();
    expect(values.kept.filter((value) => value !== undefined)).toEqual([]);
  });
});

describe('splitting', () => {
  test.each([
    [3, 0],
    [5, 2],
    [6, 0],
    [9, 3],
    [11, 0],
    [13, 6],
    [17, 7],
  ])(
    'an entry of order %i splits into entries of order %i with its value and marks',
    (from, to) => {
      const array = new XArray<string>();
      array.storeOrder(2 ** 20, from, 'a');
      for (const mark of [0, 2] as const) array.setMark(2 ** 20, mark);
      expect(array.split(2 ** 20 + 1, to)).toBeUndefined();
      const parts = [...array.entries()];
      expect(parts).toHaveLength(2 ** (from - to));
      expect(parts.every(({ index }) => array.getOrder(index) === to)).toBe(true);
      const marks = ([0, 1, 2] as const).map((mark: Mark) => array.getMark(2 ** 20, mark));
      expect(marks).toEqual([true, false, true]);
    },
  );

  test('a split of exactly two levels stops one level short, a deeper one says ENOMEM and warns', () => {
    const warnings: string[] = [];
    const array = new XArray<string>({ onWarning: (what) => warnings.push(what) });
    array.storeOrder(0, 12, 'a');
    array.split(0, 0);
    expect(array.getOrder(0)).toBe(6);
    array.storeOrder(8192, 13, 'b');
    expect(plain(array.split(8192, 0))).toBe('ENOMEM');
    expect([array.getOrder(8192), warnings.length]).toEqual([13, 1]);
  });
});
