// The 24 assertions of the open POSIX suite about fork, by their numbers there, in our words.
import { isRefusal } from '@forkless/errors';
import { MAP, mlock, mmap, PROT, touch, VM } from '@forkless/mm';
import { describe, expect, test } from 'vitest';
import {
  chargeCpu,
  clone,
  cloneFlags,
  closeFd,
  dup,
  exitGroupWith,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  fileAt,
  fork,
  getRecordLock,
  kill,
  memoryOf,
  O_CREAT,
  O_RDWR,
  openFds,
  pidSeenBy,
  processTimes,
  RLIMITS,
  SCHED,
  semget,
  semop,
  SEM_UNDO,
  semValue,
  setRecordLock,
  setrlimit,
  setScheduler,
  SIGNALS,
  sigaction,
  sigprocmask,
  SigSet,
  threadCpuTime,
  timerArm,
  timerAt,
  timerCreate,
  timerDelete,
  unshare,
  wait4,
} from '../../src/index.ts';
import { childOf, createWorld, made, opened } from './world.ts';

const PAGE = 4096;
const whole = (type: number) => ({ type, start: 0, length: 0 });
const NONE = { userNs: 0, systemNs: 0 };

function mapped(world: ReturnType<typeof createWorld>, kind: number): number {
  const { kernel, shell } = world;
  const request = { length: PAGE, prot: PROT.READ | PROT.WRITE, flags: kind | MAP.ANONYMOUS };
  const at = made(mmap(memoryOf(shell), request, kernel.placerOf(shell))) as number;
  touch(memoryOf(shell), at, 'write', kernel.placerOf(shell));
  return at;
}

describe('open POSIX suite, fork', () => {
  test('1: there is a process more, and both can run', () => {
    const { kernel, shell } = createWorld();
    const before = kernel.tasks.size;
    const child = childOf(kernel, shell);
    expect(kernel.tasks.size).toBe(before + 1);
    expect([shell.isRunnable, child.isRunnable]).toEqual([true, true]);
  });

  test('2: the child is a copy: ids, directory, mask, actions, limits, memory', () => {
    const { kernel, shell } = createWorld();
    sigaction(shell, SIGNALS.SIGUSR1, { handler: 'IGN', flags: 0, mask: new SigSet() });
    sigprocmask(shell, 'SIG_SETMASK', SigSet.of([SIGNALS.SIGHUP]));
    shell.mm!.space.memory.write(0, 7);
    const child = childOf(kernel, shell);
    expect(child.cred).toEqual(shell.cred);
    expect([child.fs!.pwd, child.fs!.umask]).toEqual([shell.fs!.pwd, shell.fs!.umask]);
    expect(child.blocked.toArray()).toEqual(shell.blocked.toArray());
    expect(child.sighand.signalsThat('IGN')).toEqual(shell.sighand.signalsThat('IGN'));
    expect(child.group.rlimits).toEqual(shell.group.rlimits);
    expect(child.mm!.space.memory.read(0)).toBe(7);
  });

  test('3: its number is that of no process and of no group', () => {
    const { kernel, shell } = createWorld();
    const others = [...kernel.tasks].flatMap(({ pid, group }) => [pid, group.pgrp, group.session]);
    const child = childOf(kernel, shell);
    expect(others).not.toContain(child.pid);
    expect(others.map(({ numbers }) => numbers[0])).not.toContain(child.pid.numbers[0]);
  });

  test('4: its parent is who called fork', () => {
    const { kernel, shell } = createWorld();
    expect(childOf(kernel, shell).parent).toBe(shell);
  });

  test('5: its descriptors are copies that lead to the same open files', () => {
    const { kernel, shell, fill } = createWorld();
    fill(4);
    const child = childOf(kernel, shell);
    expect(child.files).not.toBe(shell.files);
    for (const fd of openFds(shell.files!)) {
      expect(fileAt(child.files!, fd)).toBe(fileAt(shell.files!, fd));
    }
  });

  test('6: an open directory and its position are shared', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c');
    const child = childOf(kernel, shell);
    const file = fileAt(child.files!, fd);
    if (isRefusal(file)) throw new Error(file.reason);
    file.offset = 3;
    expect(fileAt(shell.files!, fd)).toMatchObject({ offset: 3 });
  });

  test('7: a message catalogue, which is memory, is the child’s too', () => {
    const { kernel, shell } = createWorld();
    shell.mm!.space.memory.write(64, 0x6d73);
    const child = childOf(kernel, shell);
    shell.mm!.space.memory.write(64, 0);
    expect(child.mm!.space.memory.read(64)).toBe(0x6d73);
  });

  test('8: it has run no time, and nor have children it never had', () => {
    const { kernel, shell } = createWorld();
    const earlier = childOf(kernel, shell);
    chargeCpu(earlier, { userNs: 5, systemNs: 6 });
    exitGroupWith(kernel, earlier, 0);
    wait4(kernel, shell, -1);
    chargeCpu(shell, { userNs: 70, systemNs: 30 });
    const times = { self: { userNs: 70, systemNs: 30 }, children: { userNs: 5, systemNs: 6 } };
    expect(processTimes(shell)).toEqual(times);
    expect(processTimes(childOf(kernel, shell))).toEqual({ self: NONE, children: NONE });
    expect(processTimes(shell)).toEqual(times);
  });

  test('9: an alarm of the parent is none of the child', () => {
    const { kernel, shell } = createWorld();
    shell.group.timersArmed[0] = true;
    expect(childOf(kernel, shell).group.timersArmed[0]).toBe(false);
    expect(shell.group.timersArmed[0]).toBe(true);
  });

  test('10: what would undo semaphore operations stays with the parent', () => {
    const { kernel, shell } = createWorld();
    const set = made(semget(kernel, shell, 1));
    const up = [{ semaphore: 0, change: 3, flags: SEM_UNDO }];
    expect(semop(kernel, shell, set, up)).toBeNull();
    exitGroupWith(kernel, childOf(kernel, shell), 0);
    expect(semValue(kernel, shell, set, 0)).toBe(3);
    unshare(kernel, shell, Number(cloneFlags('CLONE_SYSVSEM')));
    expect(semValue(kernel, shell, set, 0)).toBe(0);
  });

  test('11: a record lock of the parent keeps the child out', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/f', O_CREAT | O_RDWR);
    expect(setRecordLock(shell, fd, whole(F_WRLCK))).toBeNull();
    const child = childOf(kernel, shell);
    expect(setRecordLock(child, fd, whole(F_RDLCK))).toMatchObject({ errno: 'EAGAIN' });
    const held = { type: F_WRLCK, pid: pidSeenBy(shell, shell) };
    expect(getRecordLock(child, fd, whole(F_WRLCK))).toEqual(held);
    expect(setRecordLock(child, fd, whole(F_UNLCK))).toBeNull();
    closeFd(child.files!, fd);
    expect(getRecordLock(shell, fd, whole(F_WRLCK))).toBe('unlocked');
    expect(setRecordLock(childOf(kernel, shell), fd, whole(F_RDLCK))).toMatchObject({
      errno: 'EAGAIN',
    });
  });

  test('12: no signal waits for it', () => {
    const { kernel, shell } = createWorld();
    sigprocmask(shell, 'SIG_SETMASK', SigSet.of([SIGNALS.SIGUSR1]));
    shell.pending.mark(SIGNALS.SIGUSR1);
    kill(kernel, shell, pidSeenBy(shell, shell), SIGNALS.SIGUSR1);
    const child = childOf(kernel, shell);
    expect(child.pending.signals.isEmpty && child.group.pending.signals.isEmpty).toBe(true);
    expect(shell.pending.signals.isEmpty).toBe(false);
  });

  test('13: interval timers do not run in it', () => {
    const { kernel, shell } = createWorld();
    shell.group.timersArmed.fill(true);
    expect(childOf(kernel, shell).group.timersArmed).toEqual([false, false, false]);
  });

  test('14: a semaphore in shared memory is the same one for both', () => {
    const world = createWorld();
    const { kernel, shell } = world;
    const at = mapped(world, MAP.SHARED);
    const child = childOf(kernel, shell);
    const before = kernel.memory.counts.user_pages;
    touch(memoryOf(child), at, 'write', kernel.placerOf(child));
    expect(kernel.memory.counts.user_pages).toBe(before);
  });

  test('15: memory it has is not locked', () => {
    const world = createWorld();
    const { kernel, shell } = world;
    const at = mapped(world, MAP.PRIVATE);
    mlock(memoryOf(shell), at, PAGE, kernel.placerOf(shell));
    const locked = (task: typeof shell) =>
      [...memoryOf(task).vmas].filter((vma) => vma.has(VM.LOCKED)).length;
    expect([locked(shell), locked(childOf(kernel, shell))]).toEqual([1, 0]);
  });

  test('16: a private page is copied by the first to write, before and after fork', () => {
    const world = createWorld();
    const { kernel, shell } = world;
    const at = mapped(world, MAP.PRIVATE);
    const child = childOf(kernel, shell);
    const before = kernel.memory.counts.user_pages;
    touch(memoryOf(child), at, 'write', kernel.placerOf(child));
    expect(kernel.memory.counts.user_pages).toBe(before + 1);
    touch(memoryOf(shell), at, 'write', kernel.placerOf(shell));
    expect(kernel.memory.counts.user_pages).toBe(before + 1);
  });

  test.each([SCHED.SCHED_FIFO, SCHED.SCHED_RR])('17: policy %i and its priority', (policy) => {
    const { kernel, shell } = createWorld();
    setScheduler(shell, policy, 12);
    expect(childOf(kernel, shell).sched).toMatchObject({ policy, priority: 12 });
  });

  test('18: timers of timer_create are the parent’s alone', () => {
    const { kernel, shell, exec } = createWorld();
    const timer = made(timerCreate(shell, 0));
    timerArm(shell, timer, true);
    const child = childOf(kernel, shell);
    expect(timerAt(child, timer)).toMatchObject({ errno: 'EINVAL' });
    expect(timerDelete(child, timer)).toMatchObject({ errno: 'EINVAL' });
    expect(timerAt(shell, timer)).toMatchObject({ isArmed: true });
    exec('/c/tool');
    expect(timerAt(shell, timer)).toMatchObject({ errno: 'EINVAL' });
  });

  test('21: it has one thread, whichever called fork', () => {
    const { kernel, shell } = createWorld();
    const flags = cloneFlags('CLONE_THREAD', 'CLONE_SIGHAND', 'CLONE_VM');
    const thread = made(clone(kernel, shell, flags));
    const child = childOf(kernel, thread);
    expect([shell.group.threads.length, child.group.threads]).toEqual([2, [child]]);
    expect(child.group.leader).toBe(child);
  });

  test('22: the CPU-time clocks of process and thread begin at 0', () => {
    const { kernel, shell } = createWorld();
    chargeCpu(shell, { userNs: 9, systemNs: 9 });
    const child = childOf(kernel, shell);
    expect([processTimes(child).self, threadCpuTime(child)]).toEqual([NONE, NONE]);
    chargeCpu(child, { userNs: 1, systemNs: 2 });
    expect(threadCpuTime(child)).toEqual({ userNs: 1, systemNs: 2 });
    expect(threadCpuTime(shell)).toEqual({ userNs: 9, systemNs: 9 });
  });

  test('23: the parent is told the number the child has', () => {
    const { kernel, shell } = createWorld();
    const child = childOf(kernel, shell);
    expect(kernel.find(shell, pidSeenBy(child, shell))).toBe(child);
  });

  test('24: EAGAIN and no child when machine or user has too many', () => {
    const { kernel, shell } = createWorld();
    kernel.threadsMax = kernel.tasks.size;
    expect(fork(kernel, shell)).toMatchObject({ errno: 'EAGAIN' });
    kernel.threadsMax = 1000;
    shell.cred = { ...shell.cred, uid: 5, capEffective: 0n };
    setrlimit(shell, RLIMITS.RLIMIT_NPROC, { cur: 0, max: 0 });
    expect(fork(kernel, shell)).toMatchObject({ errno: 'EAGAIN' });
    expect(shell.children).toEqual([]);
  });
});

describe('record locks', () => {
  test('ranges are cut and given back piece by piece', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/f', O_CREAT | O_RDWR);
    setRecordLock(shell, fd, { type: F_WRLCK, start: 0, length: 100 });
    setRecordLock(shell, fd, { type: F_UNLCK, start: 40, length: 20 });
    setRecordLock(shell, fd, { type: F_RDLCK, start: 90, length: -10 });
    const child = childOf(kernel, shell);
    const tries = (type: number, start: number) =>
      isRefusal(setRecordLock(child, fd, { type, start, length: 1 }));
    expect([0, 39, 40, 59, 60, 79, 80, 89, 90].map((start) => tries(F_RDLCK, start))).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(tries(F_WRLCK, 80)).toBe(true);
  });

  test('any close of the file by the table gives all its locks back, as does its end', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/f', O_CREAT | O_RDWR);
    const child = childOf(kernel, shell);
    const isFree = () => getRecordLock(shell, fd, whole(F_WRLCK)) === 'unlocked';
    setRecordLock(child, fd, whole(F_WRLCK));
    expect(isFree()).toBe(false);
    const other = made(dup(child.files!, fd, 1024));
    closeFd(child.files!, other);
    expect(isFree()).toBe(true);
    setRecordLock(child, fd, whole(F_WRLCK));
    exitGroupWith(kernel, child, 0);
    expect(isFree()).toBe(true);
  });
});

describe('semaphores', () => {
  test('tasks that share their undo list undo once, when the last of them ends', () => {
    const { kernel, shell } = createWorld();
    const set = made(semget(kernel, shell, 2));
    const flags = cloneFlags('CLONE_SYSVSEM') | BigInt(SIGNALS.SIGCHLD);
    const child = made(clone(kernel, shell, flags));
    semop(kernel, child, set, [{ semaphore: 1, change: 2, flags: SEM_UNDO }]);
    exitGroupWith(kernel, child, 0);
    expect(semValue(kernel, shell, set, 1)).toBe(2);
    exitGroupWith(kernel, shell, 0);
    expect(semValue(kernel, kernel.init, set, 1)).toBe(0);
  });

  test.each([
    ['E2BIG', 0, Array.from({ length: 501 }, () => ({ semaphore: 0, change: 0, flags: 0 }))],
    ['EFBIG', 0, [{ semaphore: 1, change: 1, flags: 0 }]],
    ['EINVAL', 9, [{ semaphore: 0, change: 1, flags: 0 }]],
    ['ERANGE', 0, [{ semaphore: 0, change: 32_768, flags: 0 }]],
    ['EAGAIN', 0, [{ semaphore: 0, change: -1, flags: 0o4000 }]],
  ])('%s changes nothing', (errno, set, operations) => {
    const { kernel, shell } = createWorld();
    semget(kernel, shell, 1);
    expect(semop(kernel, shell, set, operations)).toMatchObject({ errno });
    expect(semValue(kernel, shell, 0, 0)).toBe(0);
  });

  test('a set is not seen from another ipc namespace', () => {
    const { kernel, shell } = createWorld();
    const set = made(semget(kernel, shell, 1));
    const flags = cloneFlags('CLONE_NEWIPC') | BigInt(SIGNALS.SIGCHLD);
    const child = made(clone(kernel, shell, flags));
    expect(semValue(kernel, child, set, 0)).toMatchObject({ errno: 'EINVAL' });
  });
});
