// One suite for every design, over private and over shared state, with one CPU and with twenty; and a
// planted fault for each thing the suite is there to see.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeldAgainst } from '../src/design-check/held-against.ts';
import {
  BitmapHash,
  BitmapShards,
  checkDesign,
  DesignRegistry,
  FreeBsdIds,
  PID_DESIGNS,
  RangeRadix,
  type DesignOptions,
  type IdAllocator,
  type PidDesign,
} from '../src/index.ts';

/** Random operations of all designs together, over both kinds of buffer. */
const OPERATIONS = Number(process.env['FORKLESS_FUZZ'] ?? 20_000) >= 100_000 ? 1_200_000 : 60_000;
const SEED = 0x666f726b;

const places = (design: PidDesign) =>
  design.isShareable ? (['private', 'shared'] as const) : (['private'] as const);
const cases = PID_DESIGNS.flatMap((design) =>
  places(design).map((place) => [`${design.name}, ${place}`, design, place] as const),
);

describe.each(cases)('%s', (_, design, place) => {
  const runs = [
    { cpuCount: 1, end: 40 },
    { cpuCount: 1, end: 700 },
    { cpuCount: 20, end: 3000 },
    { cpuCount: 20, end: 9000 },
  ];

  test.each(runs)('agrees with a plain list, %o', (run) => {
    const operationCount = Math.ceil(OPERATIONS / cases.length / runs.length);
    expect(checkDesign(design, { seed: SEED, operationCount, place, ...run })).toBeUndefined();
  });

  test('agrees with a plain list on commands that shrink', () => {
    const command = (
      run: (pair: HeldAgainst) => void,
      name: string,
    ): fc.Command<object, HeldAgainst> => ({
      check: () => true,
      run: (_model, pair) => run(pair),
      toString: () => name,
    });
    const end = 600;
    const id = fc.nat(end - 1);
    const cpu = fc.nat(2);
    const commands = [
      cpu.map((at) => command((pair) => pair.alloc(1, end, at), `alloc(1, ${end}, ${at})`)),
      cpu.map((at) => command((pair) => pair.alloc(300, end, at), `alloc(300, ${end}, ${at})`)),
      fc
        .tuple(id, cpu)
        .map(([wanted, at]) =>
          command((pair) => pair.allocExact(wanted, at), `exact(${wanted}, ${at})`),
        ),
      id.map((at) => command((pair) => pair.free(at), `free(${at})`)),
      id.map((at) => command((pair) => pair.find(at), `find(${at})`)),
      id.map((at) => command((pair) => pair.next(at), `next(${at})`)),
      id.map((at) => command((pair) => pair.setCursor(at), `cursor = ${at}`)),
    ];
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 200 }), (list) => {
        const pair = new HeldAgainst(design.create({ end, cpuCount: 3, place }), false);
        fc.modelRun(() => ({ model: {}, real: pair }), list);
        pair.finish();
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test('the first id of all is the lowest, whichever CPU asks', () => {
    expect(design.create({ end: 5000, cpuCount: 20, place }).allocCyclic(1, 5000, 17)).toBe(1);
  });

  test('an id that was taken is invisible until it is published', () => {
    const ids = design.create<number>({ end: 1000, place });
    const id = ids.allocCyclic(1, 1000) as number;
    expect([ids.find(id), ids.next(0)]).toEqual([undefined, undefined]);
    ids.publish(id, 7);
    expect([ids.find(id), ids.next(0)]).toEqual([7, { id, value: 7 }]);
  });

  test('a third of the space lives on under random replacement without running out', () => {
    const end = 32_768;
    const ids = design.create<number>({ end, cpuCount: 8, place });
    const live = Array.from({ length: end / 3 }, (_id, at) => ids.allocCyclic(300, end, at % 8));
    let random = SEED;
    for (let turn = 0; turn < 100_000; turn++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const at = random % live.length;
      ids.free(live[at] as number);
      live[at] = ids.allocCyclic(300, end, turn % 8);
      if (typeof live[at] !== 'number') break;
    }
    expect(live.filter((id) => typeof id !== 'number')).toEqual([]);
    expect(new Set(live).size).toBe(live.length);
  });
});

describe('over words that another has laid out', () => {
  const shareable = PID_DESIGNS.filter((design) => design.isShareable);

  test.each(shareable.map((design) => [design.name, design] as const))(
    '%s goes on',
    (_, design) => {
      const options: DesignOptions = { end: 2000, cpuCount: 2, place: 'shared' };
      const first = design.create<number>(options);
      const id = first.allocCyclic(1, 2000, 0) as number;
      first.publish(id, 42);
      const second = design.create<number>({ ...options, place: first.words! });
      expect(second.find(id)).toBe(42);
      const other = second.allocCyclic(1, 2000, 1) as number;
      expect(other).not.toBe(id);
      second.publish(other, 43);
      expect(first.find(other)).toBe(43);
    },
  );
});

describe('what the suite is there to see', () => {
  /** A bitmap with something wrong in it. */
  const planted = (
    spoil: (ids: IdAllocator<unknown>) => Partial<IdAllocator<unknown>>,
  ): PidDesign => ({
    name: 'planted',
    title: 'a bitmap with a planted fault',
    lockings: ['one-trip'],
    isCyclic: true,
    isShareable: false,
    create<T>(options: DesignOptions) {
      const ids = new BitmapHash<unknown>(options);
      const whole: IdAllocator<unknown> = {
        slab: ids.slab,
        traffic: ids.traffic,
        get cursor() {
          return ids.cursor;
        },
        set cursor(cursor: number) {
          ids.cursor = cursor;
        },
        allocCyclic: (min, end) => ids.allocCyclic(min, end),
        allocExact: (id) => ids.allocExact(id),
        publish: (id, value) => ids.publish(id, value),
        free: (id) => ids.free(id),
        find: (id) => ids.find(id),
        next: (from) => ids.next(from),
      };
      return Object.assign(whole, spoil(ids)) as IdAllocator<T>;
    },
  });

  const faults = {
    'an id handed out twice': () => {
      let calls = 0;
      return { allocCyclic: (min: number) => (++calls % 50 === 0 ? min : 1 + calls) };
    },
    'an id that is lost': (ids: IdAllocator<unknown>) => ({
      free: (id: number) => (id === 77 ? undefined : ids.free(id)),
    }),
    'a lookup of something that is gone': (ids: IdAllocator<unknown>) => {
      const kept = new Map<number, unknown>();
      return {
        publish(id: number, value: unknown) {
          kept.set(id, value);
          ids.publish(id, value);
        },
        find: (id: number) => kept.get(id),
      };
    },
    'a walk that skips': (ids: IdAllocator<unknown>) => ({
      next: (from: number) => ids.next(from % 64 === 63 ? from + 1 : from),
    }),
    'a refusal while something is free': (ids: IdAllocator<unknown>) => ({
      allocCyclic: (min: number, end: number) => ids.allocCyclic(Math.min(end - 1, min + 1), end),
    }),
  };

  test.each(Object.entries(faults))('%s', (_, spoil) => {
    const fault = checkDesign(planted(spoil as never), { seed: SEED, operationCount: 30_000 });
    expect(fault).toBeDefined();
  });
});

describe('range-radix', () => {
  const end = 10_000;

  test('two CPUs count up in ranges of their own', () => {
    const ids = new RangeRadix<number>({ end, cpuCount: 2, rangeSize: 100 });
    const taken = [0, 1, 0, 1, 0].map((cpu) => ids.allocCyclic(1, end, cpu));
    expect(taken).toEqual([1, 100, 2, 101, 3]);
  });

  test('a range without any id in use goes back, and the next one is carved further on', () => {
    const ids = new RangeRadix<number>({ end, rangeSize: 100, notesTraffic: true });
    const first = Array.from({ length: 99 }, () => ids.allocCyclic(1, end) as number);
    ids.allocCyclic(1, end);
    let freed = 0;
    for (const id of first) {
      ids.free(id);
      freed += ids.traffic.objectsFreed;
    }
    expect(freed).toBe(1);
    const more = Array.from({ length: 150 }, () => ids.allocCyclic(1, end) as number);
    expect(Math.min(...more)).toBe(101);
  });

  test('an id is freed under the lock of the CPU that carved its range', () => {
    const ids = new RangeRadix<number>({ end, cpuCount: 4 });
    const id = ids.allocCyclic(1, end, 3) as number;
    expect(ids.ownerOf(id, 0)).toBe(3);
  });

  test('a full space is searched to its last free id', () => {
    const ids = new RangeRadix<number>({ end: 1000, cpuCount: 4, rangeSize: 50 });
    const all = Array.from({ length: 999 }, (_id, at) => ids.allocCyclic(1, 1000, at % 4));
    expect(new Set(all).size).toBe(999);
    expect(ids.allocCyclic(1, 1000, 2)).toMatchObject({ errno: 'ENOSPC' });
    ids.free(613);
    expect(ids.allocCyclic(1, 1000, 2)).toBe(613);
  });
});

describe('bitmap-shards', () => {
  test('groups hand out ids from chunks of their own, and borrow when those are taken', () => {
    const ids = new BitmapShards<number>({ end: 4096, cpuCount: 4, groupCpus: 2 });
    expect([0, 2, 0, 2].map((cpu) => ids.allocCyclic(1, 4096, cpu))).toEqual([1, 1024, 2, 1025]);
    const rest = Array.from({ length: 4091 }, () => ids.allocCyclic(1, 4096, 0));
    expect(rest.filter((id) => typeof id !== 'number')).toEqual([]);
    expect(ids.allocCyclic(1, 4096, 0)).toMatchObject({ errno: 'ENOSPC' });
  });
});

describe('freebsd', () => {
  test('an id that is still a group, a session or a reaper is passed over', () => {
    const ids = new FreeBsdIds<number>({ end: 100 });
    ids.hold(1, 'group');
    ids.hold(2, 'session');
    ids.hold(3, 'reaper');
    expect(ids.allocCyclic(1, 100)).toBe(4);
    ids.release(2, 'session');
    ids.cursor = 0;
    expect(ids.allocCyclic(1, 100)).toBe(2);
  });

  test('with a random start the next id does not follow from the last', () => {
    const draws = [0.5, 0.1, 0.9];
    const random = () => draws.shift()!;
    const ids = new FreeBsdIds<number>({ end: 10_000, randomPid: 1000, random });
    expect([1, 2, 3].map(() => ids.allocCyclic(1, 10_000))).toEqual([500, 601, 1502]);
  });
});

test('a stranger stands in the registry beside the rest, under a name of its own', () => {
  const registry = new DesignRegistry();
  const mine: PidDesign = { ...registry.get('idr'), name: 'mine' };
  expect(registry.register(mine).get('mine')).toBe(mine);
  expect(() => registry.register(mine)).toThrow('registered already');
  expect(() => registry.get('none')).toThrow('There is no allocator "none"');
});
