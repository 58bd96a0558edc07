import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arenaByteLength,
  ID_MAX,
  Idr,
  INT_MAX,
  type IdrErrno,
  type IdrOptions,
} from '../src/index.ts';
import { PlainIdr } from './reference/plain-idr.ts';

const plain = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);
const OPERATIONS = Number(process.env['FORKLESS_FUZZ'] ?? 6000);

describe('against a plain Map', () => {
  const id = fc.oneof(fc.nat(200), fc.nat(9000));
  const value = fc.option(fc.nat(99));
  const operation = fc.oneof(
    fc.record({ op: fc.constantFrom('alloc', 'allocCyclic'), value, id, span: fc.nat(300) }),
    fc.record({
      op: fc.constantFrom('find', 'remove', 'remove', 'next', 'replace'),
      value,
      id,
      span: fc.nat(9),
    }),
    fc.record({ op: fc.constant('cursor'), value, id, span: fc.nat(9) }),
  );

  const places: readonly [string, () => IdrOptions][] = [
    ['a buffer of its own', () => ({})],
    [
      'a shared buffer of integers',
      () => ({ values: 'integers', buffer: new SharedArrayBuffer(arenaByteLength(1000)) }),
    ],
  ];

  test.each(places)('operations give the same answers, state and nodes over %s', (_, options) => {
    const runs = fc.record({
      base: fc.constantFrom(0, 1, 4),
      operations: fc.array(operation, { minLength: 1, maxLength: 400, size: 'max' }),
    });
    fc.assert(
      fc.property(runs, ({ base, operations }) => {
        const idr = new Idr<number, IdrErrno>({ ...options(), base });
        const model = new PlainIdr<number>(base);
        // A lone id in the head would differ by a node: this one keeps a leaf in the tree.
        for (const tree of [idr, model]) tree.alloc(7, base + 1, base + 2);
        for (const { op, value: given, id: at, span } of operations) {
          if (op === 'alloc' || op === 'allocCyclic') {
            expect(plain(idr[op](given, at, at + 1 + span))).toBe(
              model[op](given, at, at + 1 + span),
            );
          } else if (op === 'replace') {
            expect(plain(idr.replace(at, given))).toBe(model.replace(at, given));
          } else if (op === 'cursor') {
            idr.cursor = at;
            model.cursor = at;
          } else if (op === 'remove' && at !== base + 1) {
            expect(idr.remove(at)).toBe(model.remove(at));
          } else {
            expect(idr.find(at)).toBe(model.find(at));
          }
          const [next, modelNext] = [idr.next(at), model.next(at)];
          if (next?.id !== modelNext?.id || next?.value !== modelNext?.value) {
            expect(next).toEqual(modelNext);
          }
          if (idr.cursor !== model.cursor) expect(idr.cursor).toBe(model.cursor);
          if (idr.isEmpty !== model.isEmpty) expect(idr.isEmpty).toBe(model.isEmpty);
          if (idr.nodeCount !== model.nodeCount) expect(idr.nodeCount).toBe(model.nodeCount);
        }
      }),
      { seed: 11, numRuns: Math.ceil(OPERATIONS / 200) },
    );
  });
});

test('a cyclic search goes up from the cursor and once more from the start', () => {
  const idr = new Idr<string>();
  idr.cursor = 0x3ffe;
  const ids = Array.from({ length: 5 }, () => idr.allocCyclic('x', 1, 0x4000));
  expect(ids).toEqual([0x3ffe, 0x3fff, 1, 2, 3]);
});

test('after INT_MAX the cursor is negative as an int, so the next search begins at the start', () => {
  const idr = new Idr<string>();
  idr.cursor = INT_MAX;
  expect(idr.allocCyclic('x', 5, 0)).toBe(INT_MAX);
  expect(idr.cursor).toBe(0x8000_0000);
  expect(idr.allocCyclic('x', 5, 0)).toBe(5);
});

test('a failed cyclic search leaves the cursor', () => {
  const idr = new Idr<string>();
  idr.alloc('x', 10, 12);
  idr.alloc('x', 10, 12);
  idr.cursor = 11;
  expect(plain(idr.allocCyclic('y', 10, 12))).toBe('ENOSPC');
  expect(idr.cursor).toBe(11);
});

test('an id with null is taken, but not found', () => {
  const idr = new Idr<string>();
  expect(idr.alloc(null, 3, 4)).toBe(3);
  expect(idr.find(3)).toBeNull();
  expect(idr.next(0)).toBeUndefined();
  expect(idr.isEmpty).toBe(false);
  expect(plain(idr.alloc('x', 3, 4))).toBe('ENOSPC');
  expect(idr.replace(3, 'x')).toBeNull();
  expect(idr.remove(3)).toBe('x');
  expect(idr.isEmpty).toBe(true);
});

test('replacing a free id is refused, removing one is harmless', () => {
  const idr = new Idr<string>();
  expect(plain(idr.replace(9, 'x'))).toBe('ENOENT');
  expect(idr.remove(9)).toBeNull();
});

test('a start below 0 is refused, an end of 0 means INT_MAX', () => {
  const idr = new Idr<string>();
  expect(plain(idr.alloc('x', -1, 5))).toBe('EINVAL');
  expect(idr.alloc('x', INT_MAX, 0)).toBe(INT_MAX);
  expect(plain(idr.alloc('x', INT_MAX, 0))).toBe('ENOSPC');
});

test('unsigned ids go to 2^32 − 1', () => {
  const idr = new Idr<string>();
  expect(idr.allocU32('x', ID_MAX, ID_MAX)).toBe(ID_MAX);
  expect(idr.find(ID_MAX)).toBe('x');
  expect(plain(idr.allocU32('x', ID_MAX, ID_MAX))).toBe('ENOSPC');
  expect(plain(idr.allocU32('x', 5, 4))).toBe('ENOSPC');
});

test('an id at the base alone needs no node', () => {
  const idr = new Idr<string>({ base: 4 });
  expect(idr.alloc('x', 0, 0)).toBe(4);
  expect(idr.nodeCount).toBe(0);
  expect(idr.alloc('y', 0, 0)).toBe(5);
  expect([idr.nodeCount, idr.find(4), idr.find(5)]).toEqual([1, 'x', 'y']);
});

test('destroy frees every id and keeps the cursor', () => {
  const idr = new Idr<string>();
  for (let turn = 0; turn < 100; turn++) idr.allocCyclic('x', 0, 0);
  idr.destroy();
  idr.destroy();
  expect([idr.isEmpty, idr.cursor, idr.nodeCount]).toEqual([true, 100, 0]);
  expect(idr.allocCyclic('x', 0, 0)).toBe(100);
});

test('the observer hears of every node made and freed', () => {
  let nodes = 0;
  const observer = { touched: () => undefined, made: () => nodes++, freed: () => nodes-- };
  const idr = new Idr<string>({ observer });
  for (let id = 1; id < 20_000; id += 7) idr.alloc('x', id, 0);
  expect(nodes).toBe(idr.nodeCount);
  for (let id = 1; id < 20_000; id += 7) idr.remove(id);
  expect([nodes, idr.nodeCount]).toEqual([0, 0]);
});

test('the int form warns above INT_MAX and at negative ids, and finds nothing there', () => {
  const warnings: string[] = [];
  const idr = new Idr<string>({ onWarning: (what) => warnings.push(what) });
  idr.allocU32('x', 5, 5);
  idr.allocU32('y', INT_MAX + 1, ID_MAX);
  expect(idr.nextInt(0)).toEqual({ id: 5, value: 'x' });
  expect(idr.nextInt(6)).toBeUndefined();
  expect(idr.nextInt(-1)).toBeUndefined();
  expect(warnings).toHaveLength(2);
  expect(idr.next(6)).toEqual({ id: INT_MAX + 1, value: 'y' });
});

test('a visit of all stops at what is answered other than 0, and at INT_MAX with a warning', () => {
  const warnings: string[] = [];
  const idr = new Idr<string>({ onWarning: (what) => warnings.push(what) });
  for (const id of [4, 7, 9, 15, 65, 128, 1000, 99_999]) idr.alloc('x', id, id + 1);
  idr.alloc(null, 8, 9);
  const seen: number[] = [];
  expect(idr.forEach((id) => (seen.push(id) === 5 ? 42 : 0))).toBe(42);
  expect(seen).toEqual([4, 7, 9, 15, 65]);
  idr.allocU32('far', ID_MAX, ID_MAX);
  expect(idr.forEach(() => 0)).toBe(0);
  expect(warnings).toHaveLength(1);
});

test('ids removed and added during a visit are neither skipped nor repeated', () => {
  const idr = new Idr<string>();
  for (let id = 0; id < 100; id++) idr.alloc('x', 0, 0);
  const seen: number[] = [];
  idr.forEach((id) => {
    seen.push(id);
    idr.remove(id);
    if (id < 100) idr.alloc('late', id + 200, 0);
    return 0;
  });
  expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => at).concat(seen.slice(100)));
  expect(seen.slice(100)).toEqual(Array.from({ length: 100 }, (_, at) => at + 200));
});

test('taken ids are listed with those that hold null', () => {
  const idr = new Idr<string>({ base: 4 });
  expect([...idr.taken()]).toEqual([]);
  idr.alloc(null, 4, 5);
  expect([...idr.taken()]).toEqual([{ id: 4, value: null }]);
  idr.alloc('x', 5000, 5001);
  expect([...idr.taken()]).toEqual([
    { id: 4, value: null },
    { id: 5000, value: 'x' },
  ]);
});

test('memory that was preloaded does for one id, and a full buffer says ENOMEM', () => {
  expect(new Idr<string>().preload()).toBeUndefined();
  const idr = new Idr<string, IdrErrno>({ buffer: new ArrayBuffer(arenaByteLength(2)) });
  expect(plain(idr.preload())).toBe('ENOMEM');
  expect(idr.alloc('x', 70, 71)).toBe(70);
  const before = idr.snapshot();
  expect(plain(idr.alloc('y', 5000, 5001))).toBe('ENOMEM');
  expect(plain(idr.allocCyclic('y', 5000, 5001))).toBe('ENOMEM');
  expect(idr.snapshot()).toEqual(before);
  expect(idr.alloc('y', 71, 72)).toBe(71);
});

test('a restored IDR goes on from where the copy was taken', () => {
  const idr = new Idr<string>();
  for (let turn = 0; turn < 100; turn++) idr.allocCyclic(`${turn}`, 0, 0);
  const copy = idr.snapshot();
  for (let id = 0; id < 100; id += 2) idr.remove(id);
  idr.allocCyclic('late', 0, 0);
  idr.restore(copy);
  expect([idr.cursor, idr.find(98), idr.find(100)]).toEqual([100, '98', null]);
});

describe('ids beyond 32 bits', () => {
  test('nothing is stored there, whatever is stored under their lowest bits', () => {
    const idr = new Idr<string>();
    for (const value of ['a', 'b', 'c']) idr.alloc(value, 0, 0);
    const beyond = 2 ** 32 + 1;
    expect([idr.find(beyond), idr.remove(beyond)]).toEqual([null, null]);
    expect(idr.replace(beyond, 'd')).toMatchObject({ errno: 'ENOENT' });
    expect(idr.find(1)).toBe('b');
  });
});
