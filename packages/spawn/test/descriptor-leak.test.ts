// A thread opens a pipe and marks it close-on-exec a moment later; another thread spawns in between. Every
// order of the two, for each mechanism with its very own steps.
import { isRefusal } from '@forkless/errors';
import { change, explore, path, traceSchedule, when, type Path, type World } from '@forkless/sim';
import {
  boot,
  clone3,
  cloneFlags,
  createAnonFs,
  F_SETFD,
  FD_CLOEXEC,
  fcntl,
  fork,
  installProgram,
  O_CLOEXEC,
  openFds,
  pipe2,
  type Kernel,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import { focus } from '../src/path/focus.ts';
import {
  MECHANISMS,
  mechanismNamed,
  SpawnCall,
  type Mechanism,
  type SpawnRequest,
} from '../src/index.ts';
import { made } from './world.ts';

const PROGRAM: SpawnRequest = { path: '/tool', argv: ['tool'], envp: [] };
const CLOSING: SpawnRequest = { ...PROGRAM, actions: [{ kind: 'closefrom', fd: 3 }] };

interface Thread {
  readonly role: 'opener' | 'spawner';
  readonly process: Process;
}

/** A process of two threads that share their descriptors. */
class Process implements World<Thread> {
  readonly kernel: Kernel = boot();
  readonly opener: Task;
  readonly call: SpawnCall;
  readonly states: readonly Thread[];
  ends: readonly number[] = [];
  isMarked = false;

  constructor(request: SpawnRequest) {
    installProgram(this.kernel.init, '/tool');
    this.opener = made(fork(this.kernel, this.kernel.init));
    for (let fd = 0; fd < 3; fd++) openPipe(this.opener, 0);
    const flags = cloneFlags(
      ...(['CLONE_VM', 'CLONE_SIGHAND', 'CLONE_THREAD', 'CLONE_FILES', 'CLONE_FS'] as const),
    );
    const thread = made(clone3(this.kernel, this.opener, { args: { flags, exitSignal: 0 } }));
    this.call = new SpawnCall(this.kernel, thread, request);
    this.states = (['opener', 'spawner'] as const).map((role) => ({ role, process: this }));
  }

  /** Whether the program has an end of the pipe that was never meant for it. */
  get leaked(): boolean {
    const { call, ends } = this;
    if (!call.hasChild || call.child.files === null || call.child.forkedNoExec) return false;
    const open = openFds(call.child.files);
    return ends.some((fd) => open.includes(fd) && call.child.files !== this.opener.files);
  }

  sharedKey(): readonly number[] {
    const { call } = this;
    const child = call.hasChild && call.child.files !== null ? openFds(call.child.files) : [];
    return [...this.ends, -1, Number(this.isMarked), -1, ...child];
  }

  cpuKey(cpu: number): readonly number[] {
    return [cpu];
  }
}

function openPipe(task: Task, flags: number): readonly [number, number] {
  const { cred, fs, files } = task;
  const place = { cred, fs: fs!, files: files!, node: 0, limit: 1024, anon: createAnonFs() };
  return made(pipe2(place, flags)) as [number, number];
}

const twoCalls: Path<Thread> = path<Thread>(
  'pipe and fcntl',
  change('pipe', ({ process }) => {
    process.ends = openPipe(process.opener, 0);
  }),
  change('fcntl', ({ process }) => {
    const { cred, fs, files } = process.opener;
    const caller = { cred, fs: fs!, files: files!, node: 0, limit: 1024 };
    for (const fd of process.ends) fcntl(caller, fd, F_SETFD, FD_CLOEXEC);
    process.isMarked = true;
  }),
);
const oneCall: Path<Thread> = path<Thread>(
  'pipe2',
  change('pipe2', ({ process }) => {
    process.ends = openPipe(process.opener, O_CLOEXEC);
    process.isMarked = true;
  }),
);

const noLeak = {
  name: 'a program has only what was meant for it',
  when: 'end' as const,
  broken: (process: Process) => (process.leaked ? 'it has the pipe of another thread' : undefined),
};

function race(mechanism: Mechanism, request: SpawnRequest, opens: Path<Thread> = twoCalls) {
  const spawns = focus(mechanism.pathFor(request), ({ process }: Thread) => process.call);
  return {
    cpus: 2,
    each: [
      path<Thread>(
        mechanism.name,
        when('it opens', ({ role }) => role === 'opener', opens),
        when('it spawns', ({ role }) => role === 'spawner', spawns),
      ),
    ],
    world: () => new Process(request),
    isSymmetric: false,
    // Only what touches the common table matters to the other thread.
    isLocal: (step: string) => !/descriptor|pipe|fcntl|exec/.test(step),
  };
}

describe.each(MECHANISMS.filter(({ name }) => name !== 'spawn-template'))('$name', (mechanism) => {
  test('carries the pipe of another thread away, in between pipe and fcntl', () => {
    const options = race(mechanism, PROGRAM);
    const { counterExample } = explore(options, [noLeak]);
    expect(counterExample?.invariant).toBe(noLeak.name);
    const steps = traceSchedule(options, counterExample!.schedule).map(({ step }) => step);
    expect(steps.indexOf('pipe')).toBeLessThan(steps.lastIndexOf('fcntl'));
  });

  test('carries nothing away that pipe2 marked when it opened it', () => {
    const found = explore(race(mechanism, PROGRAM, oneCall), [noLeak]);
    expect([found.counterExample, found.isComplete]).toEqual([undefined, true]);
  });

  test('carries nothing away when everything else is closed', () => {
    const found = explore(race(mechanism, CLOSING), [noLeak]);
    expect([found.counterExample, found.isComplete]).toEqual([undefined, true]);
  });
});

test('the second stage in the kernel does not even copy what is closed', () => {
  const process = new Process(CLOSING);
  const copied = (name: string): number => {
    let most = 0;
    const spawns = mechanismNamed(name)!.pathFor(CLOSING);
    explore(
      {
        ...race(mechanismNamed(name)!, CLOSING),
        each: [
          path<Thread>(
            name,
            focus(spawns, ({ process: one }: Thread) => one.call),
          ),
        ],
        cpus: 1,
      },
      [
        {
          name: 'count',
          when: 'always',
          broken: ({ call }) => {
            const { files } = call.clone.parts;
            if (files !== undefined && files !== process.opener.files) {
              most = Math.max(most, openFds(files).length);
            }
            return undefined;
          },
        },
      ],
    );
    return most;
  };
  expect(isRefusal(process)).toBe(false);
  expect(copied('kernel-spawn-2')).toBe(3);
  expect(copied('kernel-spawn-1')).toBeGreaterThan(3);
});
