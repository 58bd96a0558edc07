// The lockings, ways to get memory and slabs beside each design: how many trips each takes, and that none
// of them changes what is answered, alone or with many virtual CPUs at it.
import {
  compile,
  compileForever,
  done,
  execute,
  path,
  SERVER_2025,
  Simulation,
  uniformDistance,
} from '@forkless/sim';
import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import {
  BARN_LOCK,
  findPid,
  Pid,
  PID_DESIGNS,
  PID_KERNELS,
  PIDMAP_LOCK,
  PidNamespaces,
  SHEAF_OBJECTS,
  STOCK_LOCK,
  type LockingName,
  type MemoryName,
  type PidDesign,
  type PidLocking,
  type PidNamespace,
  type SlabName,
} from '../src/index.ts';

const CPUS = 12;
const PROFILE = {
  ...SERVER_2025,
  figures: {
    ...SERVER_2025.figures,
    'transfer.any': { ...SERVER_2025.figures['line.memory']!, value: 50 },
  },
};

function machine(
  design: PidDesign,
  locking: Partial<PidLocking>,
  kernel: '6.12' | '6.18' | '7.0' = '7.0',
) {
  return new PidNamespaces({
    allocator: (end) => design.create<Pid>({ end, cpuCount: CPUS, notesTraffic: true }),
    kernel: PID_KERNELS[kernel],
    locking,
  });
}

/** Namespaces down to `level`, each with its init. */
function nest(pids: PidNamespaces, level: number): PidNamespace {
  let namespace = pids.initial;
  pids.alloc({ namespace });
  for (let at = 0; at < level; at++) {
    namespace = pids.createNamespace(namespace) as PidNamespace;
    pids.alloc({ namespace });
  }
  return namespace;
}

const lockings = PID_DESIGNS.flatMap((design) =>
  design.lockings.map((lock) => [design.name, lock, design] as const),
);

describe.each(lockings)('%s under %s', (_name, lock, design) => {
  const trips: Readonly<Record<LockingName, (level: number) => [alloc: number, free: number]>> = {
    'each-level': (level) => [level + 2, 1],
    'one-trip': () => [1, 1],
    'per-namespace': (level) => [2 * (level + 1), level + 1],
    'owner-cpu': () => [1, 1],
    none: () => [0, 0],
  };

  test.each([0, 1, 31])('trips at level %i', (level) => {
    const pids = machine(design, { lock });
    const namespace = nest(pids, level);
    // The ranges of the CPU are there from the second call on.
    pids.alloc({ namespace });
    const call = pids.call({ namespace });
    const allocated = execute(compile(pids.allocPath(level)), call);
    expect(allocated.refusal).toBeUndefined();
    const freed = execute(compile(pids.freePath(level)), call);
    const counted = [allocated, freed].map(({ lockTrips }) => lockTrips[PIDMAP_LOCK] ?? 0);
    expect(counted).toEqual(trips[lock](level));
  });

  test('many virtual CPUs at it hold every number once, and lose none', () => {
    const pids = machine(design, { lock });
    const namespace = nest(pids, 1);
    const live = new Map<string, Pid>();
    const count = () => namespace.pidAllocated;
    const before = count();
    let twice = 0;
    const churn = path(
      'churn',
      pids.allocPath(1),
      {
        kind: 'change' as const,
        name: 'note it',
        run: (call: ReturnType<typeof pids.call>) => {
          const pid = call.current;
          const keys = pid.numbers.map((number, level) => `${level}:${number}`);
          twice += keys.filter((key) => live.has(key)).length;
          for (const key of keys) live.set(key, pid);
          if (findPid(namespace, pid.numbers[1]!) !== pid) twice++;
        },
      },
      {
        kind: 'change' as const,
        name: 'forget it',
        run: (call: ReturnType<typeof pids.call>) => {
          call.current.numbers.forEach((number, level) => live.delete(`${level}:${number}`));
        },
      },
      pids.freePath(1),
      done('pair'),
    );
    const simulation = new Simulation({
      cpuCount: CPUS,
      program: compileForever(churn),
      state: () => pids.call({ namespace }),
      profile: PROFILE,
      distances: uniformDistance('any'),
      locks: pids.locks,
      seed: 3,
    });
    simulation.run({ eventCountMax: 30_000 });
    expect(simulation.doneCount).toBeGreaterThan(100);
    expect(simulation.ledger().refusals).toEqual({});
    expect([twice, count() - before <= CPUS]).toEqual([0, true]);
  });
});

describe('memory and slabs', () => {
  const memories: MemoryName[] = ['preload', 'drop-and-retry', 'atomic'];
  const slabNames: SlabName[] = ['slub', 'sheaves'];

  test.each(memories.flatMap((memory) => slabNames.map((slab) => [memory, slab] as const)))(
    '%s from %s hands out the same numbers',
    (memory, slab) => {
      const [plain, other] = [{}, { memory, slab }].map((locking) =>
        machine(PID_DESIGNS[0]!, locking, '6.18'),
      );
      for (let turn = 0; turn < 300; turn++) {
        const [a, b] = [plain!, other!].map((pids) => pids.alloc({ namespace: pids.initial }));
        if (isRefusal(a) || isRefusal(b)) throw new Error('refused');
        expect(b!.numbers).toEqual(a!.numbers);
        if (turn % 3 === 0) {
          plain!.free(a as Pid);
          other!.free(b as Pid);
        }
      }
    },
  );

  test('a call that finds no node drops the lock and searches anew', () => {
    const pids = machine(PID_DESIGNS[0]!, { memory: 'drop-and-retry' });
    pids.alloc({ namespace: pids.initial });
    const call = pids.call({ namespace: pids.initial });
    const program = compile(pids.allocPath(0));
    const trips = Array.from({ length: 130 }, () => execute(program, call).lockTrips[PIDMAP_LOCK]);
    // After the init, numbers 64 and 128 need nodes.
    expect(trips.flatMap((count, at) => (count === 2 ? [at + 2] : []))).toEqual([64, 128]);
  });

  test('sheaves keep pairs of make and drop away from the cache', () => {
    const design = PID_DESIGNS.find(({ name }) => name === 'bitmap-hash')!;
    const pids = machine(design, { slab: 'sheaves' });
    const call = pids.call({ namespace: pids.initial });
    pids.alloc({ namespace: pids.initial });
    const [alloc, free] = [compile(pids.allocPath(0)), compile(pids.freePath(0))];
    let reached = 0;
    let barn = 0;
    for (let pair = 0; pair < 1000; pair++) {
      for (const program of [alloc, free]) {
        const { slabs, lockTrips } = execute(program, call);
        reached += slabs['pid']?.allocs ?? 0;
        barn += lockTrips[BARN_LOCK] ?? 0;
      }
    }
    expect([reached, barn]).toEqual([SHEAF_OBJECTS, 1]);
  });
});

test('an owner lock needs an allocator that falls into shards', () => {
  expect(() => machine(PID_DESIGNS[0]!, { lock: 'owner-cpu' })).toThrow('falls into shards');
});

test('a range that runs out is refilled under the shared lock', () => {
  const design = PID_DESIGNS.find(({ name }) => name === 'range-radix')!;
  const pids = machine(design, { lock: 'owner-cpu' });
  const call = pids.call({ namespace: pids.initial });
  const program = compile(pids.allocPath(0));
  const stock = Array.from(
    { length: 600 },
    () => execute(program, call).lockTrips[STOCK_LOCK] ?? 0,
  );
  // 249 numbers in the first range, as there is no pid 0, then 250 in each.
  expect(stock.flatMap((count, at) => (count > 0 ? [at + 1] : []))).toEqual([1, 250, 500]);
});

test('with interrupts off a trip costs a little more', () => {
  const cost = (kernel: '6.12' | '6.18') => {
    const pids = machine(PID_DESIGNS[0]!, {}, kernel);
    const program = compile(path('one', pids.allocPath(0)));
    const simulation = new Simulation({
      cpuCount: 1,
      program,
      state: () => pids.call({ namespace: pids.initial }),
      profile: PROFILE,
      distances: uniformDistance('any'),
      locks: pids.locks,
      seed: 1,
    });
    simulation.run({});
    return simulation.ledger().work['irq.off'] ?? 0;
  };
  expect([cost('6.12'), cost('6.18')]).toEqual([2, 0]);
});
