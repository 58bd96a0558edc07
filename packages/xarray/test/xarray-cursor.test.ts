import { describe, expect, test } from 'vitest';
import { XA_INDEX_MAX, XA_SIBLING, XA_ZERO, XArray } from '../src/index.ts';

const MAX = XA_INDEX_MAX;

function arrayOf(...indices: readonly (number | bigint)[]): XArray<string> {
  const array = new XArray<string>();
  for (const index of indices) array.store(index, `at ${index}`);
  return array;
}

describe('searching with a cursor', () => {
  test('a find shows the entry at the index first, and then the ones behind', () => {
    const cursor = arrayOf(3, 4, 70, 5000).cursor(3);
    const seen = [cursor.find(MAX), cursor.find(MAX), cursor.find(MAX), cursor.find(MAX)];
    expect(seen).toEqual(['at 3', 'at 4', 'at 70', 'at 5000']);
    expect([cursor.find(MAX), cursor.place]).toEqual([null, 'bounds']);
  });

  test('a cursor that has walked counts its index as handled', () => {
    const cursor = arrayOf(3, 4).cursor(3);
    expect(cursor.load()).toBe('at 3');
    expect(cursor.find(MAX)).toBe('at 4');
  });

  test('the fast step sees what a find sees', () => {
    const array = arrayOf(0, 1, 2, 63, 64, 200, 4096);
    array.storeOrder(8, 2, 'wide');
    array.reserve(100);
    const slow = array.cursor();
    const fast = array.cursor();
    for (let entry = slow.find(MAX), same = fast.find(MAX); entry !== null;) {
      expect([same, fast.index]).toEqual([entry, slow.index]);
      entry = slow.find(MAX);
      same = fast.nextEntry(MAX);
    }
    expect(fast.nextEntry(MAX)).toBeNull();
  });

  test('reservations are shown', () => {
    const array = arrayOf(3);
    array.reserve(2);
    expect(array.cursor().find(MAX)).toBe(XA_ZERO);
  });

  test('an array that begins at 1 shows the busy 0 while it has nodes', () => {
    const array = new XArray<string>({ kind: 'alloc1' });
    for (let count = 0; count < 5; count++) array.alloc('a');
    const cursor = array.cursor();
    let seen = 0;
    while (cursor.find(MAX) !== null) seen++;
    expect(seen).toBe(6);
  });

  test('marked entries alone are found', () => {
    const array = arrayOf(1, 2, 80, 81);
    for (const index of [2, 81]) array.setMark(index, 2);
    const cursor = array.cursor();
    expect([cursor.findMarked(MAX, 2), cursor.findMarked(MAX, 2)]).toEqual(['at 2', 'at 81']);
    expect(cursor.findMarked(MAX, 2)).toBeNull();
  });
});

describe('pausing', () => {
  test('after a pause the array may change, and the search goes on behind the entry', () => {
    const array = arrayOf(3, 4, 5);
    const cursor = array.cursor();
    cursor.find(MAX);
    cursor.pause();
    array.erase(4);
    array.store(1, 'new');
    expect([cursor.find(MAX), cursor.index]).toEqual(['at 5', 5]);
  });

  test('a wide entry is passed as a whole, and too far from its middle', () => {
    const array = arrayOf(16, 19, 20);
    array.storeOrder(8, 3, 'wide');
    const cursor = array.cursor(8);
    cursor.find(MAX);
    cursor.pause();
    expect(cursor.index).toBe(16);
    cursor.set(11);
    cursor.load();
    cursor.pause();
    expect([cursor.index, cursor.find(MAX)]).toEqual([19, 'at 19']);
  });

  test('behind the last index of all there is nothing', () => {
    const cursor = arrayOf(MAX).cursor(MAX);
    cursor.load();
    cursor.pause();
    expect([cursor.index, cursor.place, cursor.find(MAX)]).toEqual([0, 'bounds', null]);
  });
});

describe('single steps', () => {
  test('next and previous go through holes and wrap round', () => {
    const cursor = arrayOf(0, 2, 64).cursor(0);
    const up = Array.from({ length: 4 }, () => [cursor.next(), cursor.index]);
    expect(up).toEqual([
      ['at 0', 0],
      [null, 1],
      ['at 2', 2],
      [null, 3],
    ]);
    cursor.set(1);
    cursor.load();
    expect([cursor.previous(), cursor.index]).toEqual(['at 0', 0]);
    expect([cursor.previous(), cursor.index]).toEqual([null, MAX]);
  });

  test('the later slots of a wide entry are shown raw', () => {
    const array = new XArray<string>();
    array.storeOrder(4, 2, 'wide');
    const cursor = array.cursor(4);
    expect([cursor.next(), cursor.next(), cursor.next()]).toEqual(['wide', XA_SIBLING, XA_SIBLING]);
  });
});

describe('changing through a cursor', () => {
  test('a store returns what was there and null erases', () => {
    const array = arrayOf(5, 6);
    const cursor = array.cursor(5);
    expect(cursor.store('new')).toBe('at 5');
    expect(cursor.store(null)).toBe('new');
    expect([array.load(5), array.load(6)]).toEqual([null, 'at 6']);
  });

  test('marks are set on the present entry without a search', () => {
    const array = arrayOf(5, 6);
    const cursor = array.cursor(6);
    cursor.setMark(1);
    expect(array.marked(1)).toBe(false);
    cursor.load();
    cursor.setMark(1);
    expect([cursor.hasMark(1), array.getMark(6, 1)]).toEqual([true, true]);
    cursor.clearMark(1);
    expect(array.marked(1)).toBe(false);
  });
});

describe('steps within a wider entry', () => {
  function inside(): XArray<string> {
    const array = new XArray<string>();
    array.storeOrder(32, 3, 'wide');
    return array;
  }

  test('a step back along a leaf goes to the slot before, not to the slot of the index', () => {
    const cursor = inside().cursor(33);
    expect(cursor.load()).toBe('wide');
    // The walk has stopped at the entry's first slot, and its index is one behind.
    expect([cursor.previous(), cursor.index]).toEqual([null, 32]);
    expect([cursor.next(), cursor.index]).toEqual(['wide', 33]);
    expect([cursor.next(), cursor.index]).toEqual([XA_SIBLING, 34]);
  });

  test('a store at a later slot shows a sibling and leaves what begins before it', () => {
    const array = inside();
    const cursor = array.cursor(32);
    cursor.load();
    expect(cursor.next()).toBe(XA_SIBLING);
    expect(cursor.store('narrow')).toBe(XA_SIBLING);
    expect([array.load(32), array.load(33)]).toEqual(['wide', 'narrow']);
  });

  test('an erase at a later slot shows the entry, which keeps its first slots', () => {
    const array = inside();
    const cursor = array.cursor(32);
    cursor.load();
    cursor.next();
    expect(cursor.store(null)).toBe('wide');
    expect([array.load(32), array.load(33), array.getOrder(32)]).toEqual(['wide', null, 0]);
  });
});
