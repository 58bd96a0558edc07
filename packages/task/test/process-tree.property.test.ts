// Random trees of processes: whatever is made, signalled, ended and waited for, every count is the number
// of those that hold it, nobody is lost, and in the end every number is free again.
import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boot,
  clone3,
  cloneFlags,
  deliverSignals,
  exit,
  exitGroupWith,
  fork,
  kill,
  pidSeenBy,
  setChildSubreaper,
  setpgid,
  setsid,
  SIGNALS,
  wait4,
  WAIT,
  type CloneFlagName,
  type Kernel,
  type Task,
} from '../src/index.ts';

const FLAG_SETS: readonly (readonly CloneFlagName[])[] = [
  [],
  ['CLONE_VM'],
  ['CLONE_VM', 'CLONE_VFORK'],
  ['CLONE_FILES', 'CLONE_FS'],
  ['CLONE_VM', 'CLONE_SIGHAND'],
  ['CLONE_VM', 'CLONE_SIGHAND', 'CLONE_THREAD'],
  ['CLONE_VM', 'CLONE_SIGHAND', 'CLONE_THREAD', 'CLONE_FILES', 'CLONE_FS'],
  ['CLONE_PARENT'],
  ['CLONE_NEWPID'],
  ['CLONE_NEWUSER'],
  ['CLONE_PIDFD'],
  ['CLONE_FS', 'CLONE_NEWNS'],
];
const SENT = [SIGNALS.SIGKILL, SIGNALS.SIGTERM, SIGNALS.SIGSTOP, SIGNALS.SIGCONT, SIGNALS.SIGHUP];

/** One thing that happens to the `who`-th task, and a number that picks among its variants. */
interface Happening {
  readonly kind: 'clone' | 'exit' | 'kill' | 'wait' | 'group' | 'session' | 'subreaper';
  readonly who: number;
  readonly pick: number;
}

function happen(kernel: Kernel, { kind, who, pick }: Happening): void {
  const alive = [...kernel.tasks].filter((task) => task.isRunnable && task !== kernel.init);
  const task = alive[who % Math.max(alive.length, 1)];
  if (task === undefined) return;
  switch (kind) {
    case 'clone': {
      const names = FLAG_SETS[pick % FLAG_SETS.length]!;
      const isJoining = names.includes('CLONE_THREAD') || names.includes('CLONE_PARENT');
      const exitSignal = isJoining ? 0 : SIGNALS.SIGCHLD;
      clone3(kernel, task, {
        args: { flags: cloneFlags(...names), exitSignal, pidfd: { value: 0 } },
      });
      break;
    }
    case 'exit':
      if (pick % 2 === 0) exit(kernel, task, pick);
      else exitGroupWith(kernel, task, pick);
      break;
    case 'kill': {
      const target = [...kernel.tasks][pick % kernel.tasks.size]!;
      kill(kernel, kernel.init, pidSeenBy(target, kernel.init), SENT[who % SENT.length]!);
      break;
    }
    case 'wait':
      wait4(kernel, task, -1, WAIT.WNOHANG | WAIT.WALL | WAIT.WUNTRACED | WAIT.WCONTINUED);
      break;
    case 'group':
      setpgid(kernel, task, 0, 0);
      break;
    case 'session':
      setsid(kernel, task);
      break;
    case 'subreaper':
      setChildSubreaper(task, pick % 2 === 0);
  }
  for (const other of kernel.tasks) deliverSignals(kernel, other);
}

function holders<T>(tasks: readonly Task[], held: (task: Task) => T | null): Map<T, number> {
  const counts = new Map<T, number>();
  for (const task of tasks) {
    const one = held(task);
    if (one !== null) counts.set(one, (counts.get(one) ?? 0) + 1);
  }
  return counts;
}

function checkCounts(kernel: Kernel): void {
  const tasks = [...kernel.tasks];
  for (const held of [
    (task: Task) => task.files,
    (task: Task) => task.fs,
    (task: Task) => task.mm,
    (task: Task) => task.sighand,
  ]) {
    for (const [one, count] of holders<{ users: number }>(tasks, held)) {
      expect(one.users).toBe(count);
    }
  }
  expect(kernel.cgroupRoots.pids.pidsCurrent).toBe(tasks.length);
  expect(kernel.ucounts.of(kernel.init.cred.userNs, 0).taskCount).toBe(tasks.length);
  const used = tasks.flatMap(({ pid, group }) => [pid, group.pgrp, group.session]);
  expect(kernel.pids.initial.pidAllocated).toBe(new Set(used).size);
}

function checkFamily(kernel: Kernel): void {
  for (const task of kernel.tasks) {
    expect(task.group.threads).toContain(task);
    expect(kernel.find(kernel.init, pidSeenBy(task, kernel.init))).toBeDefined();
    if (task.group.leader !== task) continue;
    expect(task.parent.children).toContain(task);
    expect(task.parent === kernel.idle || kernel.tasks.has(task.parent)).toBe(true);
  }
}

/** Everybody but init is killed, and init waits until nobody is left. */
function endAll(kernel: Kernel): void {
  for (let round = 0; round < 100 && kernel.tasks.size > 1; round++) {
    for (const task of kernel.tasks) {
      if (task.group === kernel.init.group) continue;
      kill(kernel, kernel.init, pidSeenBy(task, kernel.init), SIGNALS.SIGKILL);
      deliverSignals(kernel, task);
    }
    for (let isReaping = true; isReaping;) {
      const waited = wait4(kernel, kernel.init, -1, WAIT.WNOHANG | WAIT.WALL);
      isReaping = typeof waited === 'object' && !isRefusal(waited);
    }
  }
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(
    'clone' as const,
    'clone' as const,
    'exit' as const,
    'kill' as const,
    'wait' as const,
    'group' as const,
    'session' as const,
    'subreaper' as const,
  ),
  who: fc.nat(50),
  pick: fc.nat(50),
});

/** A thread of a namespace's init outlives its leader and ends the namespace. */
const threadAsInit: readonly Happening[] = [
  { kind: 'clone', who: 0, pick: 8 },
  { kind: 'clone', who: 0, pick: 0 },
  { kind: 'clone', who: 10, pick: 17 },
  { kind: 'clone', who: 7, pick: 0 },
];

const numRuns = Math.max(30, Math.floor(Number(process.env['FORKLESS_FUZZ'] ?? 0) / 100));

test('counts, families and numbers hold in random process trees', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
      const kernel = boot();
      for (let count = 0; count < 2; count++) fork(kernel, kernel.init);
      for (const one of happenings) {
        happen(kernel, one);
        checkCounts(kernel);
        checkFamily(kernel);
      }
      endAll(kernel);
      expect([...kernel.tasks]).toEqual([kernel.init]);
      expect(kernel.pids.initial.pidAllocated).toBe(1);
      expect(kernel.init.sighand.users).toBe(1);
    }),
    { seed: 20261124, numRuns, examples: [[[...threadAsInit]]] },
  );
});

test('the check finds a count that was not given back', () => {
  const kernel = boot();
  kernel.init.files!.users++;
  expect(() => checkCounts(kernel)).toThrow();
});
