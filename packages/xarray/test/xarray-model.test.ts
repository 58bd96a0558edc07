import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arenaByteLength,
  XA_ZERO,
  XArray,
  type Mark,
  type XArrayKind,
  type XArrayOptions,
} from '../src/index.ts';
import { PlainXArray, type PlainFilter } from './reference/plain-xarray.ts';

const OPERATIONS = Number(process.env['FORKLESS_FUZZ'] ?? 1500);
const COMMANDS = 150;

interface Pair {
  readonly array: XArray<number>;
  readonly cyclic: { next: number; wrapped: boolean };
}
interface Model {
  readonly plain: PlainXArray;
  readonly cyclic: { next: number; wrapped: boolean };
}

/** One operation on both, with the same answer and the same state after it. */
class Command implements fc.Command<Model, Pair> {
  readonly #name: string;
  readonly #ask: (plain: Model) => unknown;
  readonly #answer: (array: Pair) => unknown;

  constructor(name: string, ask: (plain: Model) => unknown, answer: (array: Pair) => unknown) {
    this.#name = name;
    this.#ask = ask;
    this.#answer = answer;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Pair): void {
    const expected = this.#ask(model) ?? null;
    const answer = this.#answer(real);
    const got = (isRefusal(answer) ? answer.errno : answer) ?? null;
    // Most answers are plain, and comparing them by hand is what makes long runs possible.
    if (got !== expected) expect(got).toEqual(expected);
    const [now, then] = [real, model].map(({ cyclic }) => cyclic.next * 2 + Number(cyclic.wrapped));
    if (now !== then) expect(real.cyclic).toEqual(model.cyclic);
    if (stateOf(real.array) !== stateOf(model.plain)) {
      expect(stateOf(real.array)).toEqual(stateOf(model.plain));
    }
  }

  toString(): string {
    return this.#name;
  }
}

function stateOf(array: XArray<number> | PlainXArray): number {
  const marks = (array.marked(1) ? 1 : 0) + (array.marked(2) ? 2 : 0);
  return marks + (array.isEmpty ? 4 : 0);
}

/** Indices about the edges of leaves and levels, from `lowest` on. */
function indices(lowest: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: lowest, max: 90 }) },
    { weight: 2, arbitrary: fc.integer({ min: 4030, max: 4200 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 13, max: 52 }), fc.integer({ min: -1, max: 1 }))
        .map(([bits, by]) => 2 ** bits + by),
    },
  );
}

function commandsOf(kind: XArrayKind): fc.Arbitrary<fc.Command<Model, Pair>>[] {
  const index = indices(kind === 'alloc1' ? 1 : 0);
  const value = fc.option(fc.nat(99), { freq: 5 });
  const mark = fc.constantFrom<Mark>(1, 2);
  const filter = fc.constantFrom<PlainFilter>('present', 1, 2);
  const span = fc.nat(200);
  const basic = [
    fc.tuple(index, value).map(([at, v]) => command('store', [at, v])),
    fc.tuple(index, value).map(([at, v]) => command('insert', [at, v])),
    index.map((at) => command('erase', [at])),
    index.map((at) => command('erase', [at])),
    index.map((at) => command('load', [at])),
    index.map((at) => command('release', [at])),
    index.map(
      (at) =>
        new Command(
          `reserve(${at})`,
          ({ plain }) => void plain.insert(at, null),
          ({ array }) => array.reserve(at),
        ),
    ),
    fc.tuple(index, fc.option(fc.nat(3)), value).map(([at, old, v]) => {
      // A reservation every so often; values are few, so that some are equal.
      const reserved = old === 3;
      return new Command(
        `cmpxchg(${at}, ${reserved ? 'reserved' : old}, ${v})`,
        ({ plain }) => plain.cmpxchg(at, reserved ? undefined : old, v),
        ({ array }) => array.cmpxchg(at, reserved ? XA_ZERO : old, v),
      );
    }),
    fc.tuple(index, mark, fc.boolean()).map(
      ([at, m, on]) =>
        new Command(
          `${on ? 'set' : 'clear'}Mark(${at}, ${m})`,
          ({ plain }) => plain.setMark(at, m, on),
          ({ array }) => (on ? array.setMark(at, m) : array.clearMark(at, m)),
        ),
    ),
    fc.tuple(index, mark).map(([at, m]) => command('getMark', [at, m])),
    fc.tuple(index, span, filter).map(([at, n, f]) => command('find', [at, at + n, f])),
    fc.tuple(index, span, filter).map(([at, n, f]) => command('findAfter', [at, at + n, f])),
    fc
      .tuple(index, fc.nat(9000), fc.nat(9), filter)
      .map(([at, n, count, f]) => command('extract', [at, at + n, count, f])),
    fc.constant(command('destroy', [])),
  ];
  return kind === 'plain' ? [...basic, ...wide(index, value)] : [...basic, ...handingOut(value)];
}

function handingOut(value: fc.Arbitrary<number | null>): fc.Arbitrary<Command>[] {
  const min = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constant(2 ** 32 - 3));
  const span = fc.nat(70);
  const top = (from: number, n: number) => Math.min(2 ** 32 - 1, from + n);
  return [
    fc.tuple(value, min, span).map(([v, from, n]) => command('alloc', [v, from, top(from, n)])),
    fc.tuple(value, min, span).map(
      ([v, from, n]) =>
        new Command(
          `allocCyclic(${v}, ${from}, ${top(from, n)})`,
          ({ plain, cyclic }) => plain.allocCyclic(v, from, top(from, n), cyclic),
          ({ array, cyclic }) => array.allocCyclic(v, from, top(from, n), cyclic),
        ),
    ),
  ];
}

function wide(
  index: fc.Arbitrary<number>,
  value: fc.Arbitrary<number | null>,
): fc.Arbitrary<Command>[] {
  const order = fc.integer({ min: 0, max: 13 });
  return [
    fc.tuple(index, order, value).map(([at, o, v]) => command('storeOrder', [at, o, v])),
    index.map((at) => command('getOrder', [at])),
    fc.tuple(index, fc.nat(12)).map(
      ([at, down]) =>
        new Command(
          `split(${at}, down by ${down})`,
          ({ plain }) => {
            const to = splitTo(plain.getOrder(at), down);
            if (to !== undefined) plain.split(at, to);
          },
          ({ array }) => {
            const to = splitTo(array.getOrder(at), down);
            return to === undefined ? undefined : array.split(at, to);
          },
        ),
    ),
  ];
}

/** An order that one call can split to. */
function splitTo(order: number, down: number): number | undefined {
  const to = Math.max(0, order - down);
  return order === 0 || to - (to % 6) + 12 <= order ? undefined : to;
}

type Method = {
  [K in keyof PlainXArray]: PlainXArray[K] extends (...args: never[]) => unknown ? K : never;
}[keyof PlainXArray] &
  keyof XArray<number>;

function command(method: Method, args: readonly unknown[]): Command {
  const call = (target: object) =>
    (target as Record<string, (...given: unknown[]) => unknown>)[method]!(...args);
  return new Command(
    `${method}(${args.join(', ')})`,
    ({ plain }) => call(plain),
    ({ array }) => call(array),
  );
}

const kinds: readonly XArrayKind[] = ['plain', 'alloc', 'alloc1'];
const places: readonly [string, () => XArrayOptions][] = [
  ['a buffer of its own', () => ({})],
  [
    'a shared buffer of integers',
    () => ({ values: 'integers', buffer: new SharedArrayBuffer(arenaByteLength(2000)) }),
  ],
];

describe.each(kinds)('%s, against a sorted list of ranges', (kind) => {
  test.each(places)('any operations give the same answers over %s', (_, options) => {
    fc.assert(
      fc.property(fc.commands(commandsOf(kind), { maxCommands: COMMANDS, size: 'max' }), (run) => {
        const setup = () => ({
          model: { plain: new PlainXArray(kind !== 'plain'), cyclic: { next: 0, wrapped: false } },
          real: {
            array: new XArray<number>({ ...options(), kind }),
            cyclic: { next: 0, wrapped: false },
          },
        });
        fc.modelRun(setup, run);
      }),
      { seed: 5, numRuns: Math.ceil((OPERATIONS * 4) / COMMANDS) },
    );
  });
});
