import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arenaByteLength, Ida, INT_MAX } from '../src/index.ts';
import { PlainIda } from './reference/plain-ida.ts';

const plain = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);
const OPERATIONS = Number(process.env['FORKLESS_FUZZ'] ?? 5000);

describe('against a Set', () => {
  const id = fc.oneof(
    fc.integer({ min: 0, max: 130 }),
    fc.integer({ min: 1000, max: 1100 }),
    fc.integer({ min: 65_500, max: 65_600 }),
    fc.integer({ min: INT_MAX - 70, max: INT_MAX }),
  );
  const operation = fc.record({
    op: fc.constantFrom('alloc', 'alloc', 'free', 'free', 'next'),
    id,
    span: fc.oneof(fc.nat(100), fc.constant(2 ** 32)),
  });

  const places: readonly [string, () => SharedArrayBuffer | undefined][] = [
    ['a buffer of its own', () => undefined],
    ['a shared buffer', () => new SharedArrayBuffer(arenaByteLength(1000))],
  ];

  test.each(places)('any operations give the same answers over %s', (_, buffer) => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
        const given: SharedArrayBuffer | undefined = buffer();
        const ida = new Ida(given === undefined ? {} : { buffer: given });
        const model = new PlainIda();
        for (const { op, id: at, span } of operations) {
          if (op === 'free') {
            ida.free(at);
            model.free(at);
          } else if (op === 'next') {
            expect(ida.next(at)).toBe(model.next(at));
          } else {
            const max = Math.min(2 ** 32 - 1, at + span);
            expect(plain(ida.allocRange(at, max))).toBe(model.allocRange(at, max));
          }
          if (ida.has(at) !== model.taken.has(at)) expect(ida.has(at)).toBe(model.taken.has(at));
          if (ida.isEmpty !== model.isEmpty) expect(ida.isEmpty).toBe(model.isEmpty);
        }
        expect(ida.bitmapCount).toBeGreaterThanOrEqual(model.leavesAtLeast);
      }),
      { seed: 3, numRuns: Math.ceil(OPERATIONS / 150) },
    );
  });
});

test('the lowest free id is handed out, and a freed one again', () => {
  const ida = new Ida();
  expect([ida.allocRange(), ida.allocRange(), ida.allocRange()]).toEqual([0, 1, 2]);
  ida.free(1);
  expect([ida.allocRange(), ida.allocRange()]).toEqual([1, 3]);
});

test('a limit above INT_MAX is lowered to it, a start above it is refused', () => {
  const ida = new Ida();
  expect(ida.allocRange(INT_MAX, 0xffff_ffff)).toBe(INT_MAX);
  expect(plain(ida.allocRange(INT_MAX, 0xffff_ffff))).toBe('ENOSPC');
  expect(plain(ida.allocRange(INT_MAX + 1, 0xffff_ffff))).toBe('ENOSPC');
  expect(plain(ida.allocRange(5, 4))).toBe('ENOSPC');
});

test('an id that was not taken is warned about, one above INT_MAX ignored', () => {
  const warnings: string[] = [];
  const ida = new Ida({ onWarning: (what) => warnings.push(what) });
  ida.free(5);
  ida.allocRange(5, 5);
  ida.free(6);
  ida.free(2000);
  ida.free(INT_MAX + 1);
  expect(warnings).toHaveLength(3);
  expect([ida.isEmpty, ida.has(5)]).toEqual([false, true]);
});

test('ids 0 to 62 of a leaf take no bitmap, the first one above does, and it stays until all are freed', () => {
  const ida = new Ida();
  for (let id = 0; id < 63; id++) ida.allocRange();
  expect(ida.bitmapCount).toBe(0);
  expect(ida.allocRange()).toBe(63);
  expect(ida.bitmapCount).toBe(1);
  ida.free(63);
  expect(ida.bitmapCount).toBe(1);
  for (let id = 0; id < 63; id++) ida.free(id);
  expect([ida.bitmapCount, ida.isEmpty]).toEqual([0, true]);
});

test('a full leaf is passed over until one of its ids is freed', () => {
  const ida = new Ida();
  for (let id = 0; id < 1024; id++) expect(ida.allocRange()).toBe(id);
  expect(ida.allocRange()).toBe(1024);
  ida.free(1023);
  expect([ida.allocRange(), ida.allocRange()]).toEqual([1023, 1025]);
});

test('destroy frees all ids, and the IDA is used on', () => {
  const ida = new Ida();
  for (const id of [0, 1, 1023, 1024, 12_345_678]) ida.allocRange(id, id);
  ida.destroy();
  ida.destroy();
  expect([ida.isEmpty, ida.next(0), ida.bitmapCount]).toEqual([true, undefined, 0]);
  expect(ida.allocRange()).toBe(0);
});

test('a buffer that is full says ENOMEM and changes nothing', () => {
  const ida = new Ida({ buffer: new ArrayBuffer(arenaByteLength(2)) });
  expect(ida.allocRange(100, 100)).toBe(100);
  const before = ida.snapshot();
  expect(plain(ida.allocRange(5000, 5000))).toBe('ENOMEM');
  expect(ida.snapshot()).toEqual(before);
  expect(ida.allocRange(1, 1)).toBe(1);
  ida.restore(before);
  expect([ida.has(1), ida.has(100)]).toEqual([false, true]);
});
