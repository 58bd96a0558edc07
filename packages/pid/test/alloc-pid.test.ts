import { isRefusal } from '@forkless/errors';
import { compile, execute } from '@forkless/sim';
import { describe, expect, test } from 'vitest';
import {
  closeNamespace,
  findGePid,
  findPid,
  lastPid,
  MAX_PID_NS_LEVEL,
  Pid,
  PID_KERNELS,
  pidMaxBounds,
  PidNamespaces,
  pidNumberIn,
  setLastPid,
  type PidKernelName,
  type PidNamespace,
} from '../src/index.ts';
import { allocators } from './allocators.ts';

const PID_MAX = 320;
const kernels = Object.keys(PID_KERNELS) as PidKernelName[];
const cases = Object.entries(allocators).flatMap(([name, allocator]) =>
  kernels.map((kernel) => [name, kernel, allocator] as const),
);

describe.each(cases)('%s, kernel %s', (_, kernel, allocator) => {
  const machine = (pidMax = PID_MAX) =>
    new PidNamespaces({ allocator, kernel: PID_KERNELS[kernel], pidMax });

  /** A machine with its init, and namespaces each with theirs down to `level`. */
  function nested(level: number) {
    const pids = machine();
    const namespaces = [pids.initial];
    made(pids, pids.initial);
    for (let at = 1; at <= level; at++) {
      const child = pids.createNamespace(namespaces.at(-1)!);
      if (isRefusal(child)) throw new Error(child.reason);
      namespaces.push(child);
      made(pids, child);
    }
    return { pids, namespaces };
  }

  function made(pids: PidNamespaces, namespace: PidNamespace, ...setTid: number[]): Pid {
    const pid = pids.alloc({ namespace, setTid });
    if (!(pid instanceof Pid)) throw new Error(pid.reason);
    return pid;
  }

  const numbers = (pids: PidNamespaces, count: number) =>
    Array.from({ length: count }, () => made(pids, pids.initial).numbers[0]!);

  test('the first pass counts up from 1, later ones start at 300', () => {
    const pids = machine();
    const first = Array.from({ length: PID_MAX - 1 }, () => made(pids, pids.initial));
    expect(first.map((pid) => pid.numbers[0])).toEqual(first.map((_pid, at) => at + 1));
    for (const pid of first.slice(1)) pids.free(pid);
    expect(numbers(pids, 3)).toEqual([300, 301, 302]);
  });

  test('a freed pid is not reused before the cursor wraps', () => {
    const pids = machine();
    made(pids, pids.initial);
    const seen = new Set<number>();
    for (let turn = 2; turn < PID_MAX; turn++) {
      const pid = made(pids, pids.initial);
      expect(seen.has(pid.numbers[0]!)).toBe(false);
      seen.add(pid.numbers[0]!);
      pids.free(pid);
    }
    expect(numbers(pids, 1)).toEqual([300]);
  });

  test('EAGAIN when every pid is taken, also while low ones are free after the first pass', () => {
    const pids = machine();
    const all = Array.from({ length: PID_MAX - 1 }, () => made(pids, pids.initial));
    pids.free(all[50]!);
    expect(pids.alloc({ namespace: pids.initial })).toMatchObject({ errno: 'EAGAIN' });
    pids.free(all[310]!);
    expect(numbers(pids, 1)).toEqual([311]);
  });

  test('a pid has a number on every level and none where it cannot be seen', () => {
    const { pids, namespaces } = nested(2);
    const pid = made(pids, namespaces[1]!);
    expect([...pid.numbers]).toEqual([4, 3]);
    expect(namespaces.map((namespace) => pidNumberIn(pid, namespace))).toEqual([4, 3, 0]);
    expect(findPid(namespaces[0]!, 4)).toBe(pid);
    expect(findPid(namespaces[1]!, 3)).toBe(pid);
    pids.free(pid);
    expect(findPid(namespaces[1]!, 3)).toBeUndefined();
    expect(namespaces.map(({ pidAllocated }) => pidAllocated)).toEqual([3, 2, 1]);
  });

  test('lookup finds the next pid at or above a number', () => {
    const pids = machine();
    const all = Array.from({ length: 5 }, () => made(pids, pids.initial));
    pids.free(all[2]!);
    expect(findGePid(pids.initial, 3)).toBe(all[3]);
    expect(findGePid(pids.initial, 6)).toBeUndefined();
  });

  test('set_tid takes exactly the number and leaves the cursor alone', () => {
    const pids = machine();
    numbers(pids, 5);
    expect(made(pids, pids.initial, 100).numbers[0]).toBe(100);
    expect(lastPid(pids.initial)).toBe(5);
    expect(numbers(pids, 1)).toEqual([6]);
  });

  test('set_tid is refused with EEXIST when the number is taken', () => {
    const pids = machine();
    numbers(pids, 5);
    expect(pids.alloc({ namespace: pids.initial, setTid: [3] })).toMatchObject({ errno: 'EEXIST' });
    expect(pids.initial.pidAllocated).toBe(5);
  });

  test.each([[0], [-1], [PID_MAX]])('set_tid %i is refused with EINVAL, before EPERM', (wanted) => {
    const pids = machine();
    numbers(pids, 1);
    const answer = pids.alloc({ namespace: pids.initial, setTid: [wanted], capable: () => false });
    expect(answer).toMatchObject({ errno: 'EINVAL' });
  });

  test('set_tid without the capability is refused with EPERM', () => {
    const pids = machine();
    numbers(pids, 1);
    const answer = pids.alloc({ namespace: pids.initial, setTid: [100], capable: () => false });
    expect(answer).toMatchObject({ errno: 'EPERM' });
  });

  test('more wanted numbers than levels are refused with EINVAL', () => {
    const pids = machine();
    numbers(pids, 1);
    const answer = pids.alloc({ namespace: pids.initial, setTid: [100, 101] });
    expect(answer).toMatchObject({ errno: 'EINVAL' });
  });

  test('a namespace without an init takes no other number than 1', () => {
    const { pids, namespaces } = nested(0);
    const child = pids.createNamespace(namespaces[0]!) as PidNamespace;
    expect(pids.alloc({ namespace: child, setTid: [5] })).toMatchObject({ errno: 'EINVAL' });
    expect(namespaces[0]!.pidAllocated).toBe(1);
    expect(made(pids, child, 1).numbers[1]).toBe(1);
    expect(made(pids, child, 5).numbers[1]).toBe(5);
  });

  test('a refusal gives every id back', () => {
    const { pids, namespaces } = nested(2);
    const before = namespaces.map(({ pidAllocated }) => pidAllocated);
    const answer = pids.alloc({ namespace: namespaces[2]!, setTid: [7, 8, 1] });
    expect(answer).toMatchObject({ errno: 'EEXIST' });
    expect(namespaces.map(({ pidAllocated }) => pidAllocated)).toEqual(before);
    expect([...made(pids, namespaces[2]!, 7, 8, 9).numbers]).toEqual([9, 8, 7]);
  });

  test('a failure in a namespace that never had a pid puts its cursor back', () => {
    const { pids, namespaces } = nested(0);
    const child = pids.createNamespace(namespaces[0]!) as PidNamespace;
    // A free number in the child, a taken one in the initial namespace.
    const answer = pids.alloc({ namespace: child, setTid: [1, 1] });
    expect(answer).toMatchObject({ errno: 'EEXIST' });
    expect(made(pids, child).numbers[1]).toBe(1);
  });

  test('a call that fails further up has moved a deeper cursor', () => {
    const { pids, namespaces } = nested(1);
    namespaces[0]!.pidMax = 3;
    expect(pids.alloc({ namespace: namespaces[1]! })).toMatchObject({ errno: 'EAGAIN' });
    expect(lastPid(namespaces[1]!)).toBe(2);
    namespaces[0]!.pidMax = 10;
    expect([...made(pids, namespaces[1]!).numbers]).toEqual([3, 3]);
  });

  test('a closed namespace refuses with ENOMEM and keeps nothing', () => {
    const { pids, namespaces } = nested(1);
    closeNamespace(namespaces[1]!);
    expect(pids.alloc({ namespace: namespaces[1]! })).toMatchObject({ errno: 'ENOMEM' });
    expect(namespaces.map(({ pidAllocated }) => pidAllocated)).toEqual([2, 1]);
    expect(findGePid(namespaces[0]!, 3)).toBeUndefined();
  });

  test('ns_last_pid reads the cursor less one and moves it when written', () => {
    const pids = machine();
    numbers(pids, 3);
    expect(lastPid(pids.initial)).toBe(3);
    expect(setLastPid(pids.initial, 99)).toBeUndefined();
    expect(numbers(pids, 1)).toEqual([100]);
    expect(setLastPid(pids.initial, -1)).toMatchObject({ errno: 'EINVAL' });
    expect(setLastPid(pids.initial, PID_MAX + 1)).toMatchObject({ errno: 'EINVAL' });
    expect(setLastPid(pids.initial, PID_MAX)).toBeUndefined();
  });

  test('namespaces go down to level 32 and no further', () => {
    const { pids, namespaces } = nested(MAX_PID_NS_LEVEL);
    expect(pids.createNamespace(namespaces.at(-1)!)).toMatchObject({ errno: 'ENOSPC' });
  });

  test.each([0, 1, 31])('lock trips at level %i are those of the kernel', (level) => {
    const { pids, namespaces } = nested(level);
    const call = pids.call({ namespace: namespaces[level]! });
    const allocated = execute(compile(pids.allocPath(level)), call);
    expect(allocated.lockTrips).toEqual({ pidmap_lock: kernel === '7.0' ? 1 : level + 2 });
    const freed = execute(compile(pids.freePath(level)), call);
    expect(freed.lockTrips).toEqual({ pidmap_lock: 1 });
  });

  test('the struct pid of a refused call goes back to its cache', () => {
    const { pids, namespaces } = nested(1);
    const call = pids.call({ namespace: namespaces[1]!, setTid: [1] });
    const { refusal, slabs } = execute(compile(pids.allocPath(1)), call);
    expect(refusal).toMatchObject({ errno: 'EEXIST' });
    expect(slabs['pid_2']).toEqual({ allocs: 1, frees: 1 });
  });
});

describe.each(Object.entries(allocators))('%s: where kernels differ', (_, allocator) => {
  const child = (kernel: PidKernelName) => {
    const pids = new PidNamespaces({ allocator, kernel: PID_KERNELS[kernel] });
    pids.alloc({ namespace: pids.initial });
    return { pids, namespace: pids.createNamespace(pids.initial) as PidNamespace };
  };

  test('a first fork that fails after its pid was published closes the namespace before 7.0', () => {
    for (const [kernel, open] of [['6.18', false] as const, ['7.0', true] as const]) {
      const { pids, namespace } = child(kernel);
      const pid = pids.alloc({ namespace }) as Pid;
      namespace.reaper = undefined;
      pids.free(pid);
      expect(namespace.open).toBe(open);
    }
  });

  test('from 7.0 on any second pid of a namespace needs its init', () => {
    for (const [kernel, refused] of [['6.18', false] as const, ['7.0', true] as const]) {
      const { pids, namespace } = child(kernel);
      pids.alloc({ namespace });
      namespace.reaper = undefined;
      const answer = pids.alloc({ namespace });
      expect(isRefusal(answer)).toBe(refused);
      if (refused) expect(answer).toMatchObject({ errno: 'EINVAL' });
    }
  });
});

test('pid_max follows the number of possible CPUs', () => {
  expect(pidMaxBounds(1)).toEqual({ min: 301, max: 4_194_304, initial: 32_768 });
  expect(pidMaxBounds(64)).toEqual({ min: 512, max: 4_194_304, initial: 65_536 });
  expect(pidMaxBounds(8192).initial).toBe(4_194_304);
});
