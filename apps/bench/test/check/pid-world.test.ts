import { PID_DESIGNS, PIDMAP_LOCK, type PidCall, type PidKernelName } from '@forkless/pid';
import {
  attempt,
  change,
  explore,
  locked,
  path,
  replay,
  traceSchedule,
  when,
  type Path,
  type PathPart,
} from '@forkless/sim';
import { describe, expect, test } from 'vitest';
import { PID_INVARIANTS, pidExploration, type PidWorld } from '../../src/check/pid-world.ts';
import { IdHistory } from '../../src/check/watched-ids.ts';

const kernels: readonly PidKernelName[] = ['6.18', '7.0'];
const cases = PID_DESIGNS.flatMap((design) => kernels.map((kernel) => ({ design, kernel })));

describe.each(cases)('$design.name, kernel $kernel', ({ design, kernel }) => {
  test.each([
    [2, 2, 1],
    [3, 2, 0],
  ])('%i CPUs × %i operations at level %i: every state holds', (cpus, ops, level) => {
    const found = explore(pidExploration({ design, kernel, cpus, ops, level }), PID_INVARIANTS);
    expect(found.counterExample).toBeUndefined();
    expect([found.isComplete, found.lockCycle, found.unguarded]).toEqual([true, undefined, []]);
  });
});

describe('broken paths', () => {
  const design = PID_DESIGNS[0]!;
  const base = { design, kernel: '7.0', cpus: 3, ops: 2 } as const;
  const make = change<PidCall>('make the struct pid', (call) => call.make());

  function brokenAt(level: number, ...parts: readonly PathPart<PidCall>[]) {
    const whole = pidExploration({ ...base, level });
    const alloc: Path<PidCall> = path('a broken alloc_pid', make, ...parts);
    return { ...whole, each: [alloc, ...whole.each.slice(1)] };
  }

  const takeAt = (level: number) =>
    change<PidCall>(`take an id, level ${level}`, (call) => call.take(level));
  const publishAt = (level: number) =>
    change<PidCall>(`publish, level ${level}`, (call) => call.publish(level));

  const search = change<PidCall>('search', (call) => {
    const { ids } = call.request.namespace;
    let id = ids.cursor;
    while (ids.find(id) !== undefined) id++;
    call.current.numbers[0] = id;
  });
  const takeSeen = change<PidCall>('take what was seen', (call) => {
    const { ids } = call.request.namespace;
    ids.allocExact(call.current.numbers[0]!);
    ids.cursor = call.current.numbers[0]! + 1;
  });

  const dropsEarly = (): PathPart<PidCall>[] => [
    locked(PIDMAP_LOCK, [search]),
    takeSeen,
    locked(PIDMAP_LOCK, [publishAt(0)]),
  ];

  /** The lock is dropped for memory, as XArray does it, and the search is not begun anew. */
  const missesRecheck = (): PathPart<PidCall>[] => [
    locked(PIDMAP_LOCK, [search]),
    locked(PIDMAP_LOCK, [takeSeen, publishAt(0)]),
  ];

  const publishesEarly = (): PathPart<PidCall>[] => [
    locked(PIDMAP_LOCK, [takeAt(1), publishAt(1)]),
    locked(PIDMAP_LOCK, [takeAt(0), publishAt(0)]),
  ];

  const forgets = (): PathPart<PidCall>[] => [
    locked(PIDMAP_LOCK, [
      attempt('ids', [takeAt(1), takeAt(0), change('fail', () => refused)], []),
    ]),
  ];
  const refused = { ok: false, errno: 'ENOMEM', reason: 'planted' } as const;

  test.each([
    ['a lock dropped early', 0, dropsEarly, PID_INVARIANTS[0]!.name],
    ['a missing recheck', 0, missesRecheck, 'the counters agree with what is found'],
    ['a publication before the outer id is taken', 1, publishesEarly, 'a lookup finds whole pids'],
    ['an id that is not taken back', 1, forgets, 'no id is lost'],
  ] as const)('%s is caught, and its schedule replays', (_, level, parts, invariant) => {
    const explored = brokenAt(level, ...parts());
    const { counterExample, merged } = explore(explored, PID_INVARIANTS);
    expect(counterExample?.invariant).toBe(invariant);
    const { schedule, message } = counterExample!;
    expect(traceSchedule(explored, schedule, merged).at(-1)!.cpu).toBe(schedule.at(-1));
    const { broken } = PID_INVARIANTS.find(({ name }) => name === invariant)!;
    expect(broken(replay(explored, schedule, merged).world)).toBe(message);
    // A search finds the shortest first, so that nothing is broken one move before.
    const before = replay(explored, schedule.slice(0, -1), merged).world;
    if (invariant !== 'no id is lost') expect(broken(before)).toBeUndefined();
  });

  test('a pid published after its namespace was closed is caught where that is not looked at again', () => {
    const closed = { name: 'closed', when: 'always' } as const;
    const found = ([checked]: readonly boolean[]) => {
      const counts = new WeakMap<PidWorld['pids']['initial'], number>();
      const close = change<PidCall>('close the namespace', ({ request: { namespace } }) => {
        namespace.open = false;
        counts.set(namespace, namespace.pidAllocated);
      });
      const check = change<PidCall>('check that the namespace is open', (call) => call.checkOpen());
      const publish = checked === true ? [check, publishAt(0)] : [publishAt(0)];
      const alloc = path(
        'alloc or close',
        when<PidCall>('CPU 0', (_call, cpu) => cpu === 0, locked(PIDMAP_LOCK, [close])),
        when<PidCall>(
          'the others',
          (_call, cpu) => cpu > 0,
          make,
          locked(PIDMAP_LOCK, [takeAt(0)]),
          locked(PIDMAP_LOCK, publish),
        ),
      );
      const whole = pidExploration({ ...base, level: 0 });
      return explore({ ...whole, each: [alloc], isSymmetric: false }, [
        {
          ...closed,
          broken: ({ namespaces: [initial] }) => {
            const count = counts.get(initial!);
            const isMore = count !== undefined && initial!.pidAllocated > count;
            return isMore ? 'a pid was published after the end' : undefined;
          },
        },
      ]);
    };
    expect(found([false]).counterExample?.invariant).toBe('closed');
    expect(found([true]).counterExample).toBeUndefined();
  });
});

test('ids that come twice or too early are told by the history', () => {
  const history = new IdHistory();
  history.handedOut(5);
  history.givenBack(5);
  history.handedOut(5);
  expect(history.fault).toBe('id 5 is handed out again too early');
  const twice = new IdHistory();
  twice.handedOut(5);
  twice.handedOut(5);
  expect(twice.fault).toBe('id 5 is handed out while it is live');
  const stray = new IdHistory();
  stray.givenBack(3);
  expect(stray.fault).toBe('id 3 is given back and was not live');
});
