// Every order in which two or three CPUs can go about spawning, ending, waiting, starting and aborting:
// nothing breaks, and what was planted to break is found.
import { isRefusal } from '@forkless/errors';
import {
  change,
  explore,
  locked,
  path,
  replay,
  traceSchedule,
  when,
  type ExploreOptions,
  type Invariant,
  type Path,
  type World,
} from '@forkless/sim';
import {
  becomeZombie,
  boot,
  createEmbryo,
  dropEmbryo,
  exitPath,
  fork,
  type Pidfd,
  pidfdAt,
  pidfdOpen,
  pidfdPoll,
  pidHasTask,
  POLLHUP,
  POLLIN,
  sigaction,
  SIGNALS,
  SigSet,
  startEmbryo,
  TASKLIST_LOCK,
  tellParent,
  wait4,
  WAIT,
  type ExitCall,
  type Kernel,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import { made } from './world.ts';

/** What a CPU does, and what it knows. */
interface Actor extends ExitCall {
  readonly role: 'parent' | 'child' | 'watcher' | 'starter' | 'aborter';
  readonly family: Family;
}

/** A parent with children that end, seen by each CPU. */
class Family implements World<Actor> {
  readonly kernel: Kernel = boot();
  readonly parent: Task;
  readonly states: Actor[] = [];
  readonly children: Task[] = [];
  /** The parent is on a wait queue, and nobody has woken it. */
  asleep = false;
  reaped = 0;
  /** What the watcher saw. */
  polled = 0;
  handle: 'open' | 'started' | 'aborted' = 'open';
  checked = [false, false, false];
  embryo: Task | undefined;
  pidfd: Pidfd | undefined;

  constructor(roles: readonly Actor['role'][]) {
    this.parent = made(fork(this.kernel, this.kernel.init));
    // A signal that is ignored, as SIGCHLD is by default, would leave no trace.
    sigaction(this.parent, SIGNALS.SIGCHLD, { handler: 'handler', flags: 0, mask: new SigSet() });
    for (const role of roles) {
      const task = role === 'child' ? made(fork(this.kernel, this.parent)) : this.parent;
      if (role === 'child') this.children.push(task);
      const wake = (): void => {
        this.asleep = false;
      };
      if (role === 'watcher') this.pidfd = this.#openPidfd();
      this.states.push({ role, family: this, kernel: this.kernel, task, status: 0, wake });
    }
  }

  #openPidfd(): Pidfd {
    const { kernel, parent, children } = this;
    const fd = made(pidfdOpen(kernel, parent, children[0]!.pid.numbers[0]!));
    return made(pidfdAt(parent.files!, fd)) as Pidfd;
  }

  sharedKey(): readonly number[] {
    const { parent, kernel } = this;
    const states = [...this.children, ...(this.embryo === undefined ? [] : [this.embryo])];
    return [
      Number(this.asleep),
      this.reaped,
      this.polled,
      ['open', 'started', 'aborted'].indexOf(this.handle),
      ...this.checked.map(Number),
      Number(parent.group.pending.signals.has(SIGNALS.SIGCHLD)),
      kernel.tasks.size,
      kernel.pids.initial.pidAllocated,
      ...states.flatMap(({ exiting, exitState, mm, files }) => [
        Number(exiting),
        ['none', 'zombie', 'dead'].indexOf(exitState),
        Number(mm === null),
        Number(files === null),
      ]),
    ];
  }

  cpuKey(cpu: number): readonly number[] {
    const { isReaped } = this.states[cpu]!;
    return [cpu, isReaped === undefined ? -1 : Number(isReaped)];
  }
}

const as = (role: Actor['role'], ...parts: Parameters<typeof when<Actor>>[2][]) =>
  when<Actor>(`it is the ${role}`, (actor) => actor.role === role, ...parts);

const sleep = change<Actor>('go to sleep', ({ family }) => {
  family.asleep = true;
});
const look = locked<Actor>(TASKLIST_LOCK, [
  change('look for a child that has ended', ({ family, kernel }) => {
    const waited = wait4(kernel, family.parent, -1, WAIT.WNOHANG);
    if (typeof waited !== 'object' || isRefusal(waited)) return;
    family.reaped++;
    family.asleep = false;
  }),
]);

/** @see kernel/exit.c, do_wait(): first onto the queue, then a look, then asleep unless woken meanwhile */
const waits = path<Actor>(
  'wait',
  sleep,
  look,
  when('woken', ({ family }) => !family.asleep && family.reaped === 0, sleep, look),
);

const options = (
  roles: readonly Actor['role'][],
  each: readonly Path<Actor>[],
): ExploreOptions<Actor, Family> => ({
  cpus: roles.length,
  each,
  world: () => new Family(roles),
  isSymmetric: false,
});

const noLostWakeup: Invariant<Family> = {
  name: 'nobody sleeps beside a child that has ended',
  when: 'end',
  broken: ({ asleep, children }) =>
    asleep && children.some(({ exitState }) => exitState === 'zombie')
      ? 'the parent sleeps and its child is a zombie'
      : undefined,
};
const toldInTime: Invariant<Family> = {
  name: 'a parent is told of a child it has',
  when: 'always',
  broken: ({ parent, children, reaped }) =>
    parent.group.pending.signals.has(SIGNALS.SIGCHLD) ||
    reaped === 0 ||
    children.every(({ exitState }) => exitState !== 'dead')
      ? undefined
      : 'a child was reaped that the parent was never told of',
};
const numbersHold: Invariant<Family> = {
  name: 'who can be waited for has a number',
  when: 'always',
  broken: ({ kernel, children }) =>
    children.some(({ exitState, pid }) => exitState !== 'dead' && !pidHasTask(kernel, pid, 'pid'))
      ? 'a child that is not reaped is not found by its number'
      : undefined,
};
const nothingLost: Invariant<Family> = {
  name: 'no zombie is lost',
  when: 'end',
  broken: ({ children, parent, kernel }) =>
    children.every(
      (child) =>
        child.exitState === 'dead' || (parent.children.includes(child) && kernel.tasks.has(child)),
    )
      ? undefined
      : 'a child has ended and nobody can wait for it',
};
const FAMILY = [noLostWakeup, toldInTime, numbersHold, nothingLost];

describe('a child that ends while its parent waits', () => {
  test.each([
    { roles: ['parent', 'child'] as const },
    { roles: ['parent', 'child', 'child'] as const },
  ])('is neither lost nor slept through: $roles', ({ roles }) => {
    const each = [
      path<Actor>('family', as('parent', waits), as('child', exitPath() as Path<Actor>)),
    ];
    const found = explore(options(roles, each), FAMILY);
    expect(found.counterExample).toBeUndefined();
    expect([found.isComplete, found.lockCycle]).toEqual([true, undefined]);
    expect(found.stateCount).toBeGreaterThan(10);
  });

  test('is slept through when the parent looks before it queues: found, and replayed', () => {
    const early = path<Actor>('wait', look, sleep);
    const each = [
      path<Actor>('family', as('parent', early), as('child', exitPath() as Path<Actor>)),
    ];
    const race = options(['parent', 'child'], each);
    const { counterExample } = explore(race, FAMILY);
    expect(counterExample?.invariant).toBe(noLostWakeup.name);
    const { schedule } = counterExample!;
    expect(noLostWakeup.broken(replay(race, schedule).world)).toBeDefined();
    const steps = traceSchedule(race, schedule).map(({ step }) => step);
    expect(steps.indexOf('tell the parent')).toBeLessThan(steps.lastIndexOf('go to sleep'));
  });

  test('is reaped before its parent is told when the lock is let go between: found', () => {
    const hasty = path<Actor>(
      'exit',
      change('begin to exit', ({ task }) => {
        task.exiting = true;
        task.group.live--;
      }),
      locked(TASKLIST_LOCK, [change('become a zombie', ({ task }) => becomeZombie(task))]),
      locked(TASKLIST_LOCK, [
        change('tell the parent', (call) => {
          tellParent(call.task);
          call.wake?.(call.task.parent);
        }),
      ]),
    );
    const each = [path<Actor>('family', as('parent', waits), as('child', hasty))];
    const { counterExample } = explore(options(['parent', 'child'], each), FAMILY);
    expect(counterExample?.invariant).toBe(toldInTime.name);
  });
});

describe('a pidfd that is polled while its process ends and is waited for', () => {
  const LIED = -1;
  const poll = change<Actor>('poll the pidfd', ({ family, kernel }) => {
    const [child] = family.children;
    const events = pidfdPoll(kernel, family.pidfd!);
    const { exitState } = child!;
    const isTrue =
      events === (exitState === 'none' ? 0 : exitState === 'zombie' ? POLLIN : POLLIN | POLLHUP);
    family.polled = isTrue ? events : LIED;
  });
  const pollSaysTruth: Invariant<Family> = {
    name: 'a pidfd is readable from the zombie on and hung up from the reap on',
    when: 'always',
    broken: ({ polled }) => (polled === LIED ? 'the poll lied' : undefined),
  };

  const race = (exits: Path<Actor>) =>
    options(
      ['parent', 'child', 'watcher'],
      [path<Actor>('family', as('parent', waits), as('child', exits), as('watcher', poll))],
    );

  test('says at every moment what is so', () => {
    const found = explore(race(exitPath() as Path<Actor>), [...FAMILY, pollSaysTruth]);
    expect([found.counterExample, found.isComplete]).toEqual([undefined, true]);
  });

  test('says that a process is over which lives when its number is given back early: found', () => {
    const early = path<Actor>(
      'exit',
      change('give the number back', ({ task }) => {
        task.pid.tasks = undefined;
      }),
      exitPath() as Path<Actor>,
    );
    const { counterExample } = explore(race(early), [numbersHold, pollSaysTruth]);
    expect(counterExample?.invariant).toBe(numbersHold.name);
  });
});

describe('a handle that is started by one thread and aborted by another', () => {
  const HANDLE = 'handle';
  const check = (cpu: number) =>
    change<Actor>('is it still open?', ({ family }) => {
      family.checked[cpu] = family.handle === 'open';
    });
  const start = when<Actor>(
    'it was',
    ({ family }) => family.checked[0] === true,
    change('start', ({ family, kernel }) => {
      const embryo = (family.embryo ??= createEmbryo(family.parent));
      startEmbryo(kernel, embryo, family.parent);
      family.handle = 'started';
    }),
  );
  const abort = when<Actor>(
    'it was',
    ({ family }) => family.checked[1] === true,
    change('abort', ({ family }) => {
      dropEmbryo((family.embryo ??= createEmbryo(family.parent)));
      family.handle = 'aborted';
    }),
  );
  const wholeChild: Invariant<Family> = {
    name: 'who can be seen is whole',
    when: 'always',
    broken: ({ kernel }) =>
      [...kernel.tasks].some(({ files, exiting }) => files === null && !exiting) ||
      [...kernel.tasks].some(({ exitState }) => exitState === 'dead')
        ? 'a task runs whose parts were given back'
        : undefined,
  };

  test('runs, or never was: nothing between', () => {
    const each = [
      path<Actor>(
        'handle',
        as('starter', locked(HANDLE, [check(0), start])),
        as('aborter', locked(HANDLE, [check(1), abort])),
      ),
    ];
    const found = explore(options(['starter', 'aborter'], each), [wholeChild]);
    expect([found.counterExample, found.isComplete]).toEqual([undefined, true]);
  });

  test('is both when the state is looked at outside the lock: found', () => {
    const each = [
      path<Actor>(
        'handle',
        as('starter', check(0), locked(HANDLE, [start])),
        as('aborter', check(1), locked(HANDLE, [abort])),
      ),
    ];
    const { counterExample } = explore(options(['starter', 'aborter'], each), [wholeChild]);
    expect(counterExample).toBeDefined();
  });
});
