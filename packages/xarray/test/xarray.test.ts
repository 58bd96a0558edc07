import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import { arenaByteLength, XA_INDEX_MAX, XA_RETRY, XA_ZERO, XArray } from '../src/index.ts';

const plain = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);
const indices = (array: XArray<string>) => [...array.entries()].map(({ index }) => index);

describe('storing', () => {
  test('a store returns what was there, and null erases', () => {
    const array = new XArray<string>();
    expect(array.store(5, 'a')).toBeNull();
    expect(array.store(5, 'b')).toBe('a');
    expect(array.store(5, null)).toBe('b');
    expect([array.isEmpty, array.nodeCount]).toEqual([true, 0]);
  });

  test.each([0, 1, 63, 64, 4095, 4096, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, XA_INDEX_MAX])(
    'index %s is stored without touching its neighbours',
    (index) => {
      const array = new XArray<string>();
      array.store(index, 'a');
      expect(array.load(index)).toBe('a');
      if (index !== 0) expect(array.load(BigInt(index) - 1n)).toBeNull();
      if (index !== XA_INDEX_MAX) expect(array.load(BigInt(index) + 1n)).toBeNull();
      expect(indices(array)).toEqual([index]);
      expect(array.erase(index)).toBe('a');
      expect(array.nodeCount).toBe(0);
    },
  );

  test('index 0 alone lies in the head without a node', () => {
    const array = new XArray<string>();
    array.store(0, 'a');
    expect([array.nodeCount, array.load(0), array.load(1)]).toEqual([0, 'a', null]);
    array.store(64, 'b');
    expect(array.nodeCount).toBe(3);
    array.erase(64);
    expect([array.nodeCount, array.load(0)]).toEqual([0, 'a']);
  });

  test('an internal entry is refused with a warning, and changes nothing', () => {
    const warnings: string[] = [];
    const array = new XArray<string>({ kind: 'alloc', onWarning: (what) => warnings.push(what) });
    const answers = [
      array.store(1, XA_RETRY),
      array.insert(1, XA_RETRY),
      array.cmpxchg(1, null, XA_RETRY),
      array.alloc(XA_RETRY),
      array.storeRange(1, 2, XA_RETRY),
      array.storeRange(1, 2, XA_ZERO),
      array.storeOrder(0, 1, XA_RETRY),
    ];
    expect(answers.map(plain)).toEqual(answers.map(() => 'EINVAL'));
    expect([warnings.length, array.isEmpty]).toEqual([answers.length, true]);
  });

  test('an insert is refused where anything is, a reservation included', () => {
    const array = new XArray<string>();
    expect(array.insert(7, 'a')).toBeUndefined();
    expect(plain(array.insert(7, 'b'))).toBe('EBUSY');
    expect(array.insert(8, null)).toBeUndefined();
    expect(plain(array.insert(8, 'b'))).toBe('EBUSY');
    expect([array.load(7), array.load(8)]).toEqual(['a', null]);
  });
});

describe('comparing', () => {
  test('an exchange happens only where the old value is', () => {
    const array = new XArray<string>();
    array.store(3, 'a');
    expect(array.cmpxchg(3, 'b', 'c')).toBe('a');
    expect(array.cmpxchg(3, 'a', 'c')).toBe('a');
    expect(array.load(3)).toBe('c');
    expect(array.cmpxchg(4, null, 'd')).toBeNull();
    expect(array.load(4)).toBe('d');
  });

  test('a reservation equals the reserved entry and not null, and is returned as null', () => {
    const array = new XArray<string>();
    array.reserve(3);
    expect(array.cmpxchg(3, null, 'a')).toBeNull();
    expect(array.load(3)).toBeNull();
    expect(array.cmpxchg(3, XA_ZERO, 'a')).toBeNull();
    expect(array.load(3)).toBe('a');
  });

  test('an exchange to null truly erases where a store of null only reserves', () => {
    const array = new XArray<string>({ kind: 'alloc' });
    array.store(0, 'a');
    array.store(0, null);
    expect(array.alloc('b')).toBe(1);
    array.cmpxchg(1, 'b', null);
    expect(array.alloc('c')).toBe(1);
  });
});

describe('reservations', () => {
  test('a reserved index reads null, is not empty and is passed over by searches', () => {
    const array = new XArray<string>();
    array.reserve(3);
    array.store(9, 'a');
    expect([array.load(3), array.isEmpty, array.find(0)?.index]).toEqual([null, false, 9]);
    array.release(3);
    array.erase(9);
    expect(array.isEmpty).toBe(true);
  });

  test('a release leaves what was stored meanwhile', () => {
    const array = new XArray<string>();
    array.reserve(3);
    array.store(3, 'a');
    array.release(3);
    expect(array.load(3)).toBe('a');
  });
});

describe('handing out', () => {
  test('a plain array hands out nothing', () => {
    expect(plain(new XArray<string>().alloc('a'))).toBe('EINVAL');
  });

  test('the lowest free index is handed out, from 0 or from 1', () => {
    for (const [kind, first] of [
      ['alloc', 0],
      ['alloc1', 1],
    ] as const) {
      const array = new XArray<string>({ kind });
      expect([array.alloc('a'), array.alloc('b'), array.alloc('c')]).toEqual(
        [0, 1, 2].map((at) => at + first),
      );
      array.erase(first + 1);
      expect(array.alloc('d')).toBe(first + 1);
      array.destroy();
      expect(array.alloc('e')).toBe(first);
    }
  });

  test('a full or a backward range is busy', () => {
    const array = new XArray<string>({ kind: 'alloc' });
    const limit = 0xffff_ffff;
    expect(array.alloc('a', limit - 1, limit)).toBe(limit - 1);
    expect(array.alloc('b', limit - 1, limit)).toBe(limit);
    expect(plain(array.alloc('c', limit - 1, limit))).toBe('EBUSY');
    expect(plain(array.alloc('c', 5, 4))).toBe('EBUSY');
  });

  test('null reserves the index it is handed', () => {
    const array = new XArray<string>({ kind: 'alloc' });
    expect([array.alloc(null), array.alloc('a')]).toEqual([0, 1]);
    expect([array.load(0), array.isEmpty]).toEqual([null, false]);
  });

  test('index 0 once freed in a populated array that begins at 1 is handed out', () => {
    const array = new XArray<string>({ kind: 'alloc1' });
    array.alloc('a');
    array.erase(0);
    expect(array.alloc('b')).toBe(0);
  });

  test('a cyclic search goes on where the last one ended and tells when it came round', () => {
    const array = new XArray<string>({ kind: 'alloc' });
    const cyclic = { next: 8, wrapped: false };
    const taken = Array.from({ length: 4 }, () => {
      const index = array.allocCyclic('a', 5, 9, cyclic);
      return [index, cyclic.wrapped];
    });
    expect(taken).toEqual([
      [8, false],
      [9, false],
      [5, true],
      [6, false],
    ]);
  });

  test('after 2^32 - 1 the next success counts as come round', () => {
    const array = new XArray<string>({ kind: 'alloc' });
    const cyclic = { next: 0xffff_ffff, wrapped: false };
    expect(array.allocCyclic('a', 3, 0xffff_ffff, cyclic)).toBe(0xffff_ffff);
    expect(cyclic).toEqual({ next: 0, wrapped: false });
    expect(array.allocCyclic('b', 3, 0xffff_ffff, cyclic)).toBe(3);
    expect(cyclic).toEqual({ next: 4, wrapped: true });
  });
});

describe('marks', () => {
  test('only what is there can be marked; a store keeps marks and an erase clears them', () => {
    const array = new XArray<string>();
    array.setMark(70, 1);
    expect(array.marked(1)).toBe(false);
    array.store(70, 'a');
    array.setMark(70, 1);
    array.store(70, 'b');
    expect([array.getMark(70, 1), array.getMark(70, 0), array.marked(1)]).toEqual([
      true,
      false,
      true,
    ]);
    array.erase(70);
    expect(array.marked(1)).toBe(false);
  });

  test('marked entries are found in order without reading the others', () => {
    const array = new XArray<string>();
    for (let index = 0; index < 1000; index++) array.store(index, 'a');
    for (let index = 0; index < 1000; index += 77) array.setMark(index, 2);
    const marked = [...array.entries(0, 999, 2)].map(({ index }) => index);
    expect(marked).toEqual(Array.from({ length: 13 }, (_, at) => at * 77));
    expect(array.extract(100, 999, 2, 2)).toEqual(['a', 'a']);
  });

  test('an entry over marked ones has the marks of all', () => {
    const array = new XArray<string>();
    for (const index of [4, 5, 7]) array.store(index, 'a');
    array.setMark(5, 0);
    array.setMark(7, 1);
    array.storeOrder(4, 2, 'b');
    expect([0, 1, 2].map((mark) => array.getMark(6, mark as 0 | 1 | 2))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('memory', () => {
  test('a buffer that is full says ENOMEM and changes nothing', () => {
    const array = new XArray<number>({
      kind: 'alloc',
      buffer: new ArrayBuffer(arenaByteLength(3)),
    });
    for (let index = 0; index < 128; index++) expect(array.alloc(index)).toBe(index);
    const before = array.snapshot();
    expect(plain(array.alloc(128))).toBe('ENOMEM');
    expect(plain(array.store(1e6, 1))).toBe('ENOMEM');
    expect(plain(array.insert(1e6, 1))).toBe('ENOMEM');
    expect(plain(array.reserve(1e6))).toBe('ENOMEM');
    expect(array.snapshot()).toEqual(before);
    expect(array.store(5, 55)).toBe(5);
  });

  test('two arrays over one shared buffer see the same integers', () => {
    const buffer = new SharedArrayBuffer(arenaByteLength(100));
    const [one, other] = [0, 1].map(
      () => new XArray<number>({ kind: 'alloc1', values: 'integers', buffer }),
    );
    expect([one!.alloc(70), other!.alloc(71), one!.alloc(72)]).toEqual([1, 2, 3]);
    expect([other!.load(1), one!.load(2)]).toEqual([70, 71]);
    expect(() => new XArray({ buffer })).toThrow('The buffer holds an XArray of kind alloc1');
  });

  test('a restored array goes on from where the copy was taken', () => {
    const array = new XArray<string>({ kind: 'alloc' });
    for (let index = 0; index < 100; index++) array.alloc(`${index}`);
    const copy = array.snapshot();
    for (let index = 0; index < 100; index += 3) array.erase(index);
    array.store(1e9, 'far');
    array.restore(copy);
    expect([array.load(99), array.load(1e9), array.alloc('new')]).toEqual(['99', null, 100]);
  });
});
