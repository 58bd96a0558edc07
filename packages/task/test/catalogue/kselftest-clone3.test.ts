// What the kernel's selftests of clone3 and close_range assert, in our words: sizes and exit signals,
// chosen numbers through two namespaces, and who may choose them.
import { MAX_PID_NS_LEVEL } from '@forkless/pid';
import { describe, expect, test } from 'vitest';
import {
  changeCred,
  clone,
  clone3,
  cloneFlags,
  closeRange,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  exitGroupWith,
  fork,
  isCloexec,
  isOpen,
  openFds,
  pidSeenBy,
  setresuid,
  SIGNALS,
  unshare,
  wait4,
  type Clone3Args,
  type FilesHolder,
  type Task,
} from '../../src/index.ts';
import { childOf, createWorld, made } from './world.ts';

const SIGCHLD = SIGNALS.SIGCHLD;
const CAP_CHECKPOINT_RESTORE = 40n;
const NEWPID = cloneFlags('CLONE_NEWPID');
const holder = (task: Task): FilesHolder => task as FilesHolder;

type World = ReturnType<typeof createWorld>;

function attempt(world: World, args: Clone3Args, size?: number, hasTail = false): string {
  const { kernel, shell } = world;
  const result = clone3(kernel, shell, { args: { exitSignal: SIGCHLD, ...args }, hasTail }, size);
  return 'ok' in result ? result.errno : 'child';
}

describe('kselftest clone3', () => {
  test.each([
    ['no flags', 0n],
    ['CLONE_NEWPID', NEWPID],
  ])('clone3: sizes with %s', (_, flags) => {
    const of = (size: number, hasTail?: boolean) =>
      attempt(createWorld(), { flags }, size, hasTail);
    expect([of(64), of(56), of(88), of(96), of(4104)]).toEqual([
      'child',
      'EINVAL',
      'child',
      'child',
      'E2BIG',
    ]);
    expect([of(104, true), of(176, true)]).toEqual(['E2BIG', 'E2BIG']);
  });

  test.each([
    ['its upper half set', 0xbadc0ded * 2 ** 32],
    ['bit 31 set', 0x8000_0000],
    ['beyond CSIGNAL', 0x100],
    ['beyond the last signal', 0xf0],
  ])('clone3: an exit signal with %s is EINVAL', (_, exitSignal) => {
    expect(attempt(createWorld(), { exitSignal })).toBe('EINVAL');
  });

  test('clone3: CLONE_NEWTIME is a flag, though its bit is one of CSIGNAL', () => {
    const { kernel, shell } = createWorld();
    const flags = cloneFlags('CLONE_NEWTIME');
    const child = made(clone3(kernel, shell, { args: { flags, exitSignal: SIGCHLD } }));
    expect(child.nsproxy.time).not.toBe(shell.nsproxy.time);
  });
});

describe('kselftest clone3_set_tid', () => {
  const sizes = [1, 2, 2, 42].map((times, at) => MAX_PID_NS_LEVEL * times + (at % 2 === 0 ? 1 : 0));

  test.each([...sizes, MAX_PID_NS_LEVEL - 1, 2])(
    'set_tid: %i numbers are too many in the first namespace',
    (count) => {
      for (const number of [0, -1, 1]) {
        const setTid = Array.from({ length: Math.min(count, 64) }, () => number);
        expect(attempt(createWorld(), { setTid, setTidSize: count })).toBe('EINVAL');
      }
    },
  );

  test.each([0, -1, 32_768])('set_tid: %i is EINVAL, in a new namespace too', (number) => {
    for (const flags of [0n, NEWPID]) {
      expect(attempt(createWorld(), { setTid: [number], setTidSize: 1, flags })).toBe('EINVAL');
    }
  });

  test('set_tid: 1 is EEXIST here, and the only number for the first of a new namespace', () => {
    const one = { setTid: [1], setTidSize: 1 };
    expect(attempt(createWorld(), one)).toBe('EEXIST');
    expect(attempt(createWorld(), { ...one, flags: NEWPID })).toBe('child');
    expect(attempt(createWorld(), { setTid: [7], setTidSize: 1, flags: NEWPID })).toBe('EINVAL');
  });

  test('set_tid: a number that was given back can be had again, inside as 1', () => {
    const { kernel, shell } = createWorld();
    const first = childOf(kernel, shell);
    const number = pidSeenBy(first, shell);
    exitGroupWith(kernel, first, 0);
    wait4(kernel, shell, -1);
    const args = { setTid: [1, number], setTidSize: 2, flags: NEWPID, exitSignal: SIGCHLD };
    const child = made(clone3(kernel, shell, { args }));
    expect([...child.pid.numbers]).toEqual([number, 1]);
  });

  test('set_tid: after unshare the first child must be 1, and its children choose two levels', () => {
    const world = createWorld();
    const { kernel, shell } = world;
    const free = 300;
    unshare(kernel, shell, Number(NEWPID));
    expect(attempt(world, { setTid: [free], setTidSize: 1 })).toBe('EINVAL');
    const init = made(fork(kernel, shell));
    const inside = { ...world, shell: init };
    expect(attempt(inside, { setTid: [2], setTidSize: 1 })).toBe('child');
    const at = (...setTid: number[]) =>
      attempt(inside, { setTid, setTidSize: setTid.length, flags: NEWPID });
    expect(at(1, -1, free)).toBe('EINVAL');
    expect(at(1, 42, free, 7)).toBe('EINVAL');
    const args = { setTid: [1, 42, free], setTidSize: 3, flags: NEWPID, exitSignal: SIGCHLD };
    const child = made(clone3(kernel, init, { args }));
    expect([...child.pid.numbers]).toEqual([free, 42, 1]);
  });
});

describe('kselftest clone3_cap_checkpoint_restore', () => {
  test('cap_checkpoint_restore: a user needs that capability to choose, and no other', () => {
    const world = createWorld();
    const { kernel, shell } = world;
    const wanted = { setTid: [400], setTidSize: 1 };
    const ids = { real: 1000, effective: 1000, saved: 1000 };
    const cred = made(setresuid(shell.cred, ids));
    changeCred(kernel, shell, { ...cred, capEffective: 0n });
    expect(attempt(world, wanted)).toBe('EPERM');
    changeCred(kernel, shell, { ...cred, capEffective: 1n << CAP_CHECKPOINT_RESTORE });
    expect(attempt(world, wanted)).toBe('child');
  });
});

describe('kselftest clone3_clear_sighand', () => {
  test('clear_sighand: together with CLONE_SIGHAND it is EINVAL', () => {
    const flags = cloneFlags('CLONE_CLEAR_SIGHAND', 'CLONE_SIGHAND', 'CLONE_VM');
    expect(attempt(createWorld(), { flags })).toBe('EINVAL');
  });
});

describe('kselftest close_range', () => {
  test('close_range_unshare: a range of 101, one cut out of it, and up to the last', () => {
    const { kernel, shell, fill } = createWorld();
    fill(101);
    const other = made(clone(kernel, shell, cloneFlags('CLONE_FILES') | BigInt(SIGCHLD)));
    for (const [first, last] of [
      [0, 50],
      [93, 95],
      [51, 92],
    ] as const) {
      expect(closeRange(holder(other), { first, last }, CLOSE_RANGE_UNSHARE)).toBeNull();
    }
    expect(openFds(other.files!)).toEqual([96, 97, 98, 99, 100]);
    expect(openFds(shell.files!)).toHaveLength(101);
  });

  test('close_range_unshare_capped: a copy up to the range is no larger than what is left', () => {
    const { kernel, shell, fill } = createWorld();
    fill(101);
    const other = made(clone(kernel, shell, cloneFlags('CLONE_FILES') | BigInt(SIGCHLD)));
    closeRange(holder(other), { first: 3, last: 0xffff_ffff }, CLOSE_RANGE_UNSHARE);
    expect(openFds(other.files!)).toEqual([0, 1, 2]);
    expect([other.files!.maxFds, shell.files!.maxFds]).toEqual([64, 128]);
  });

  test('close_range_cloexec: marks, skips what is closed, and closes nothing', () => {
    const { shell, fill } = createWorld();
    fill(101);
    closeRange(holder(shell), { first: 20, last: 25 }, 0);
    expect(closeRange(holder(shell), { first: 0, last: 100 }, CLOSE_RANGE_CLOEXEC)).toBeNull();
    expect(openFds(shell.files!).every((fd) => isCloexec(shell.files!, fd))).toBe(true);
    expect([isOpen(shell.files!, 22), openFds(shell.files!).length]).toEqual([false, 95]);
  });

  test('close_range_cloexec_unshare: the marks are in the caller’s own table', () => {
    const { kernel, shell, fill } = createWorld();
    fill(101);
    const other = made(clone(kernel, shell, cloneFlags('CLONE_FILES') | BigInt(SIGCHLD)));
    const flags = CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE;
    closeRange(holder(other), { first: 0, last: 0xffff_ffff }, flags);
    expect([isCloexec(other.files!, 50), isCloexec(shell.files!, 50)]).toEqual([true, false]);
  });
});
