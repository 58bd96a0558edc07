import { refuse } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import {
  change,
  explore,
  lock,
  locked,
  path,
  replay,
  traceSchedule,
  unlock,
  when,
  write,
  type ExploreOptions,
  type Invariant,
  type Path,
  type World,
} from '../../src/index.ts';

/** A few ids to hand out, and what each CPU knows of them. */
class Ids implements World<Call> {
  readonly taken: number[] = [];
  readonly published = new Map<number, number | undefined>();
  readonly states: readonly Call[];
  fault: string | undefined;

  constructor(cpuCount: number) {
    this.states = Array.from({ length: cpuCount }, () => new Call(this));
  }

  take(id: number): void {
    if (this.taken.includes(id)) this.fault = `id ${id} is live twice`;
    this.taken.push(id);
  }

  get lowestFree(): number {
    let id = 0;
    while (this.taken.includes(id)) id++;
    return id;
  }

  sharedKey(): readonly number[] {
    return [...this.taken.toSorted(), -1, ...[...this.published].flat().map((word) => word ?? -2)];
  }

  cpuKey(cpu: number): readonly number[] {
    const { id, seen } = this.states[cpu]!;
    return [id ?? -1, seen];
  }
}

class Call {
  readonly ids: Ids;
  id: number | undefined;
  seen = 0;

  constructor(ids: Ids) {
    this.ids = ids;
  }
}

const search = change<Call>('search', (call) => void (call.id = call.ids.lowestFree));
const take = change<Call>('take', (call) => call.ids.take(call.id!));
const publish = change<Call>(
  'publish',
  (call) =>
    void call.ids.published.set(call.id!, call.ids.taken.includes(call.id!) ? 1 : undefined),
);
const give = change<Call>('give back', (call) => {
  call.ids.published.delete(call.id!);
  call.ids.taken.splice(call.ids.taken.indexOf(call.id!), 1);
});

const alloc = path('alloc', locked('ids', [search, take, write('bits'), publish, write('hash')]));
const free = path('free', locked('ids', [give, write('bits'), write('hash')]));

const unique: Invariant<Ids> = {
  name: 'an id is live once',
  when: 'always',
  broken: ({ fault }) => fault,
};
const whole: Invariant<Ids> = {
  name: 'what is found is whole',
  when: 'always',
  broken: ({ published }) =>
    [...published.values()].includes(undefined) ? 'a lookup finds an id nobody took' : undefined,
};
const nothingLost: Invariant<Ids> = {
  name: 'no id is lost',
  when: 'end',
  broken: ({ taken }) => (taken.length > 0 ? `ids ${taken.join()} are still taken` : undefined),
};
const invariants = [unique, whole];

function options(cpus: number, ...each: Path<Call>[]): ExploreOptions<Call, Ids> {
  return { cpus, each, world: () => new Ids(cpus) };
}

describe('a design that is right', () => {
  test.each([1, 2, 3, 4])('every state of %i CPUs holds', (cpus) => {
    const found = explore(options(cpus, alloc, free), [...invariants, nothingLost]);
    expect(found.counterExample).toBeUndefined();
    expect([found.isComplete, found.merged, found.lockCycle]).toEqual([true, true, undefined]);
  });

  test('merging and symmetry leave fewer states, and no state is lost that ends differently', () => {
    const one = explore(options(3, alloc, free), invariants);
    const each = explore({ ...options(3, alloc, free), isSymmetric: false }, invariants);
    const fine = explore({ ...options(3, alloc, free), merges: false }, invariants);
    expect(one.stateCount).toBeLessThan(each.stateCount);
    expect(one.stateCount).toBeLessThan(fine.stateCount);
    expect([one, each, fine].map(({ isComplete }) => isComplete)).toEqual([true, true, true]);
  });

  test('an exploration that is cut short says so', () => {
    const found = explore({ ...options(3, alloc, free), stateCountMax: 3 }, invariants);
    expect(found.isComplete).toBe(false);
  });
});

describe('planted bugs', () => {
  const early = path('alloc', locked('ids', [search]), locked('ids', [take, publish]));
  const before = path('alloc', locked('ids', [search, publish, take]));
  const recheck = path(
    'alloc',
    locked('ids', [search]),
    when<Call>('still free', (call) => !call.ids.taken.includes(call.id!), locked('ids', [take])),
  );

  test.each([
    ['a lock that is dropped early', early, 'an id is live once'],
    ['a publication before the id is taken', before, 'what is found is whole'],
    ['a check that is not done again under the lock', recheck, 'an id is live once'],
  ])('%s is caught with a schedule that replays', (_, broken, invariant) => {
    const explored = options(3, broken, free);
    const { counterExample, merged } = explore(explored, invariants);
    expect(counterExample).toMatchObject({ invariant });
    const { schedule } = counterExample!;
    // The engine, given the schedule, comes to the same end.
    const { world } = replay(explored, schedule, merged);
    const steps = traceSchedule(explored, schedule, merged);
    expect(steps.at(-1)!.cpu).toBe(schedule.at(-1));
    if (invariant === unique.name) expect(world.fault).toBe(counterExample!.message);
    // One move less, and nothing is broken yet.
    expect(replay(explored, schedule.slice(0, -1), merged).world.fault).toBeUndefined();
  });

  test('an id that is not given back is lost', () => {
    const { counterExample } = explore(options(2, alloc), [nothingLost]);
    expect(counterExample?.invariant).toBe('no id is lost');
    expect(counterExample?.schedule).toHaveLength(2);
  });

  test('a line that two locks guard makes merging unsound, and is searched without it', () => {
    const under = (group: string) =>
      path<Call>('alloc', locked(group, [search, take, write('bits')]));
    const one = when<Call>('CPU 0', (_call, cpu) => cpu === 0, under('left'));
    const other = when<Call>('the others', (_call, cpu) => cpu > 0, under('right'));
    const explored = { ...options(2, path('alloc', one, other)), isSymmetric: false };
    const found = explore(explored, invariants);
    expect(found.unguarded).toEqual(['bits 0']);
    expect([found.merged, found.counterExample?.invariant]).toEqual([false, 'an id is live once']);
    expect(replay(explored, found.counterExample!.schedule, false).world.fault).toBe(
      'id 0 is live twice',
    );
  });
});

describe('locks', () => {
  const [a, b] = ['a', 'b'];
  const order = (first: string, second: string) => [
    lock<Call>(first),
    lock<Call>(second),
    unlock<Call>(second),
    unlock<Call>(first),
  ];
  const crossed = path(
    'crossed',
    when<Call>('CPU 0', (_call, cpu) => cpu === 0, ...order(a!, b!)),
    when<Call>('the others', (_call, cpu) => cpu > 0, ...order(b!, a!)),
  );

  test('two locks taken crosswise end in a deadlock', () => {
    const { counterExample } = explore({ ...options(2, crossed), isSymmetric: false }, []);
    expect(counterExample?.invariant).toBe('deadlock');
    expect(counterExample?.message).toContain("CPU 0 at 'lock b', CPU 1 at 'lock a'");
  });

  test('a circle is told also where no schedule has ended in it', () => {
    const inTurn = path('in turn', ...order(a!, b!), ...order(b!, a!));
    const { counterExample, lockCycle } = explore(options(1, inTurn), []);
    expect(counterExample).toBeUndefined();
    expect(lockCycle).toEqual(['a 0', 'b 0', 'a 0']);
  });

  test('a refusal gives the lock back and ends its CPU', () => {
    const refusing = change<Call>('refuse', () => refuse('EAGAIN', 'always'));
    const found = explore(options(3, path('refused', locked('a', [refusing])), alloc), []);
    expect([found.isComplete, found.counterExample]).toEqual([true, undefined]);
  });
});

test('a number of CPUs that cannot be explored is bad input', () => {
  expect(() => explore(options(9, alloc), [])).toThrow('cpus: expected a whole number from 1 to 8');
});
