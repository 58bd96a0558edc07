// Starting a kernel: the initial namespaces, the idle task and the first process, from which all others
// come.

import { IdrIds, Pid, PidNamespaces, type IdAllocator } from '@forkless/pid';
import { assert, isRefusal } from '@forkless/errors';
import { createMm, Memory, type MemoryShape } from '@forkless/mm';
import { Cgroup } from '../cgroup/cgroup.ts';
import { createCred, INIT_USER_NS } from '../cred/cred.ts';
import { Mm, type AddressSpace } from '../mm/mm.ts';
import { PagedSpace } from '../mm/paged-space.ts';
import type { NsProxy, PlainNamespace } from '../ns/nsproxy.ts';
import { Sighand } from '../signal/sighand.ts';
import { createFiles, createFs, type FilesStruct, type FsStruct } from '../task/parts.ts';
import { attachPid } from '../task/pid-links.ts';
import { SCHED } from '../task/sched-fields.ts';
import { Task } from '../task/task.ts';
import { ThreadGroup } from '../task/thread-group.ts';
import { initialRlimits } from '../uapi/resources.ts';
import { SIGNALS } from '../uapi/signals.ts';
import { Kernel } from './kernel.ts';
import { KERNELS, type KernelName } from './kernel-preset.ts';

/** What a machine can be started with. */
export interface BootOptions {
  /** The version whose rules hold; 6.18 when left out. */
  readonly kernel?: KernelName;
  /** Makes the allocator of one pid namespace, for ids below `end`; the kernel's IDR when left out. */
  readonly pidAllocator?: (end: number) => IdAllocator<Pid>;
  readonly possibleCpuCount?: number;
  /** pid_max of the initial namespace. */
  readonly pidMax?: number;
  readonly threadsMax?: number;
  /** Of the first process. */
  readonly files?: FilesStruct;
  readonly fs?: FsStruct;
  readonly space?: AddressSpace;
  /** The memory of the machine, or what its nodes are; one node of 256 GiB when left out. */
  readonly memory?: Memory | MemoryShape;
}

const THREADS_MAX_DEFAULT = 1 << 20;
const PAGES_DEFAULT = 2 ** 26;

/** Starts a kernel and returns it with its first process, `init`, running. */
export function boot(options: BootOptions = {}): Kernel {
  const { kernel: name = '6.18', possibleCpuCount = 1, pidMax } = options;
  const preset = KERNELS[name];
  const kernel = new Kernel({
    preset,
    pids: new PidNamespaces({
      allocator: options.pidAllocator ?? (() => new IdrIds<Pid>({ end: Number.POSITIVE_INFINITY })),
      kernel: preset.pid,
      possibleCpuCount,
      ...(pidMax === undefined ? {} : { pidMax }),
    }),
    initialUserNs: INIT_USER_NS,
    cgroupRoots: { unified: new Cgroup('/'), pids: new Cgroup('/') },
    threadsMax: options.threadsMax ?? THREADS_MAX_DEFAULT,
    possibleCpuCount,
    memory: memoryFrom(options.memory),
  });
  // The idle task has a struct pid with the number 0, which no table holds.
  kernel.idle = bootTask(kernel, options, new Pid(kernel.pids.initial, 0));
  kernel.idle.parent = kernel.idle;
  const pid = kernel.pids.alloc({ namespace: kernel.pids.initial });
  assert(!isRefusal(pid), 'the first pid is free');
  kernel.init = bootTask(kernel, options, pid);
  kernel.init.mm = new Mm(
    options.space ?? new PagedSpace(createMm(kernel.memory, kernel.placerAt(0))),
  );
  enter(kernel, kernel.init);
  return kernel;
}

const ONE_NODE: MemoryShape = {
  nodes: [{ node: 0, pages: PAGES_DEFAULT }],
  fallbackOrder: () => [0],
  nodeOfCpu: () => 0,
};

function memoryFrom(given: Memory | MemoryShape = ONE_NODE): Memory {
  return given instanceof Memory ? given : new Memory(given);
}

function bootTask(kernel: Kernel, options: BootOptions, pid: Pid): Task {
  const group = new ThreadGroup(initialRlimits(kernel.threadsMax));
  const task = new Task({
    pid,
    group,
    sighand: new Sighand(),
    mm: null,
    files: options.files ?? createFiles(),
    fs: options.fs ?? createFs(),
    cred: createCred(),
    nsproxy: initialNamespaces(kernel),
    cgroups: kernel.cgroupRoots,
    sched: {
      policy: SCHED.SCHED_OTHER,
      priority: 0,
      nice: 0,
      resetOnFork: false,
      affinity: (1n << BigInt(kernel.possibleCpuCount)) - 1n,
    },
    comm: 'init',
  });
  group.leader = task;
  group.threads.push(task);
  group.live = 1;
  group.pgrp = pid;
  group.session = pid;
  return task;
}

function enter(kernel: Kernel, init: Task): void {
  init.parent = kernel.idle;
  kernel.idle.children.push(init);
  init.exitSignal = SIGNALS.SIGCHLD;
  init.group.unkillable = true;
  kernel.tasks.add(init);
  kernel.ucounts.of(init.cred.userNs, init.cred.uid).addTasks(1);
  for (const cgroup of Object.values(init.cgroups) as Cgroup[]) cgroup.taskCount++;
  init.cgroups.pids.charge(1);
  for (const type of ['pid', 'tgid', 'pgid', 'sid'] as const) {
    attachPid(kernel, init, type, init.pid);
  }
}

function initialNamespaces(kernel: Kernel): NsProxy {
  const plain = (kind: PlainNamespace['kind']): PlainNamespace => ({ kind, owner: INIT_USER_NS });
  const time = plain('time');
  return {
    mnt: plain('mnt'),
    uts: plain('uts'),
    ipc: plain('ipc'),
    net: plain('net'),
    cgroup: plain('cgroup'),
    time,
    timeForChildren: time,
    pidForChildren: kernel.pids.initial,
  };
}
