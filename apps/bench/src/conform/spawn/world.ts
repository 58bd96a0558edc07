// The world a scenario runs in: a machine with the state the recordings began with, the names its
// processes go by, and the things that only order them.

import { assert, isRefusal } from '@forkless/errors';
import { pidNumberIn, setLastPid, type Pid, type PidNamespace } from '@forkless/pid';
import {
  boot,
  cgroupFileSystem,
  createFsStruct,
  clone3,
  cloneFlags,
  fork,
  groupNumberOf,
  isRealtime,
  mount,
  pidNamespaceOf,
  procFileSystem,
  RLIMIT_NAMES,
  SCHED_RESET_ON_FORK,
  setsid,
  signalName,
  SIGNALS,
  type FileSystemMakers,
  type Kernel,
  type KernelName,
  type SigInfo,
  type Task,
} from '@forkless/task';
import type { Actor } from './actor.ts';
import type { Answer } from './call.ts';
import { createFileTree, standardFiles, type FileTree } from './file-tree.ts';

/** How often a handler ran, and what it was told last. */
interface Hits {
  count: number;
  last: SigInfo | undefined;
}

/** Root with everything but CAP_SYS_RESOURCE. CAL: the capabilities of the recording's root. */
const CAPABILITIES = 0x1fffeffffffn;
const LAST_PID = 100;

/** Everything a scenario has besides its steps. */
export class World {
  readonly kernel: Kernel;
  /** Pid 1 of the scenario's namespace, which only reaps. */
  readonly init: Task;
  /** The process whose steps the scenario is. */
  readonly first: Task;
  readonly namespace: PidNamespace;
  /** Ms since the scenario began. */
  nowMs = 0;
  readonly posted = new Set<string>();
  readonly hits = new Map<string, Hits>();
  /** Wait statuses of what init has reaped. */
  readonly reapedByInit = new Map<Pid, number>();
  /** The files there are, and where nameless ones are made. */
  readonly tree: FileTree;
  /** What mount knows besides tmpfs. */
  readonly fileSystems: FileSystemMakers;
  readonly #pids: Pid[] = [];
  /** Runs the program a new process was made with; set by whoever runs the scenario. */
  launch: (task: Task, prepare: (actor: Actor) => void, answer: Answer) => void = () => undefined;

  constructor(kernel: KernelName = '6.18') {
    this.tree = createFileTree();
    this.kernel = boot({
      kernel,
      possibleCpuCount: 2,
      pidMax: 32_768,
      fs: createFsStruct(this.tree.ns),
      files: standardFiles(this.tree),
    });
    const { kernel: machine } = this;
    machine.init.cred = {
      ...machine.init.cred,
      capPermitted: CAPABILITIES,
      capEffective: CAPABILITIES,
      capBset: CAPABILITIES,
    };
    const recorder = must(fork(machine, machine.init));
    const flags = cloneFlags('CLONE_NEWPID');
    this.init = must(clone3(machine, recorder, { args: { flags, exitSignal: SIGNALS.SIGCHLD } }));
    must(setsid(machine, this.init));
    this.namespace = pidNamespaceOf(this.init);
    const refusal = setLastPid(this.namespace, LAST_PID);
    assert(refusal === undefined, 'the first number of the scenario is free');
    this.first = must(fork(machine, this.init));
    must(setsid(machine, this.first));
    this.first.comm = 'p0';
    this.name(this.first);
    this.fileSystems = {
      proc: () => procFileSystem(machine, this.namespace),
      cgroup2: () => cgroupFileSystem(machine, 'unified', this.namespace),
      cgroup: () => cgroupFileSystem(machine, 'pids', this.namespace),
    };
    const { cred, fs } = machine.init;
    const proc = { path: '/proc', fstype: 'proc', flags: 0 };
    const mounted = mount({ cred, fs: fs!, node: 0 }, proc, this.fileSystems);
    assert(!isRefusal(mounted), '/proc can be mounted');
    machine.watch = {
      handled: (_task, info) => {
        const name = signalName(info.signal);
        const hits = this.hits.get(name) ?? { count: 0, last: undefined };
        this.hits.set(name, { count: hits.count + 1, last: info });
      },
    };
  }

  /** Names a new task: p0, p1 … in order of creation. */
  name(task: Task): string {
    return `p${this.#pids.push(task.pid) - 1}`;
  }

  /** The pid with a name. */
  pidNamed(name: string): Pid | undefined {
    return name === 'init' ? this.init.pid : this.#pids[Number(name.slice(1))];
  }

  /** How a number that `viewer` sees is written in a recording. */
  show(viewer: Task, number: number): string | number {
    const namespace = pidNamespaceOf(viewer);
    if (namespace !== this.namespace || number === 0) return number;
    if (number === 1) return 'init';
    const at = this.#pids.findLastIndex((pid) => pidNumberIn(pid, namespace) === number);
    return at < 0 ? 'other' : `p${at}`;
  }

  /** The same of a task, which may be outside the viewer's namespace. */
  showTask(viewer: Task, { pid }: Task): string | number {
    return this.show(viewer, pidNumberIn(pid, pidNamespaceOf(viewer)));
  }
}

function must<T>(result: T): Exclude<T, { ok: false }> {
  assert(!isRefusal(result), 'the world of a scenario can be made');
  return result as Exclude<T, { ok: false }>;
}

/** The processes' part of what `state` and the reporter tell. */
export function processState(world: World, task: Task): Record<string, unknown> {
  const { kernel } = world;
  const { group, sched, sighand } = task;
  const names = (signals: Iterable<number>) => [...signals].map(signalName);
  const pending = [...task.pending.signals.toArray(), ...group.pending.signals.toArray()];
  const number = (which: 'pgrp' | 'session') => {
    const found = groupNumberOf(kernel, task, 0, which);
    return world.show(task, isRefusal(found) ? 0 : found);
  };
  return {
    pid: world.showTask(task, group.leader),
    tid: world.showTask(task, task),
    ppid: world.showTask(task, task.parent.group.leader),
    pgid: number('pgrp'),
    sid: number('session'),
    no_new_privs: task.noNewPrivs ? 1 : 0,
    dumpable: task.mm?.dumpable ?? 0,
    subreaper: group.isChildSubreaper ? 1 : 0,
    pdeathsig: task.pdeathSignal,
    timerslack: task.timerSlackNs,
    personality: task.personality,
    comm: task.comm,
    nice: isRealtime(sched.policy) ? 0 : sched.nice,
    affinity: Number(sched.affinity),
    sched_policy: sched.policy + (sched.resetOnFork ? SCHED_RESET_ON_FORK : 0),
    sched_priority: sched.priority,
    rlimits: limits(task),
    sig_ignored: names(sighand.signalsThat('IGN')),
    sig_handled: names(sighand.signalsThat('handler')),
    sig_blocked: names(task.blocked.toArray()),
    sig_pending: names([...new Set(pending)].toSorted((a, b) => a - b)),
    altstack: task.altStack,
    itimer0: group.timersArmed[0],
    itimer1: group.timersArmed[1],
    itimer2: group.timersArmed[2],
    ioprio: task.ioContext?.priority ?? 0,
  };
}

/** Limits that are the machine's own while nobody has set them. */
const MACHINE_LIMITS: ReadonlySet<string> = new Set(['NPROC', 'MEMLOCK', 'SIGPENDING']);

function limits({ group }: Task): Record<string, unknown> {
  const shown = (value: number) => (value === Number.POSITIVE_INFINITY ? 'inf' : value);
  return Object.fromEntries(
    RLIMIT_NAMES.map((name, at) => [name.slice('RLIMIT_'.length), group.rlimits[at]!] as const)
      .filter(([name]) => !MACHINE_LIMITS.has(name))
      .map(([name, { cur, max }]) => [name, [shown(cur), shown(max)]]),
  );
}
