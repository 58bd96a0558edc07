// A kernel: the processes of one machine and the tables they are found in. Plain state; what happens to
// it stands with the calls.

import { findPid, type Pid, type PidNamespace, type PidNamespaces } from '@forkless/pid';
import { LocalPlacer, PAGE_SIZE, type Memory, type MemoryObject, type Placer } from '@forkless/mm';
import type { Cgroup } from '../cgroup/cgroup.ts';
import type { UserNamespace } from '../cred/cred.ts';
import { createAnonFs } from '../files/anon-file.ts';
import type { SemaphoreSets } from '../ipc/semaphores.ts';
import type { PlainNamespace } from '../ns/nsproxy.ts';
import { UcountsTable } from '../ns/ucounts.ts';
import type { SigInfo } from '../signal/pending.ts';
import { pidTask, type PidLinks } from '../task/pid-links.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';
import type { KernelPreset } from './kernel-preset.ts';
import { WatchedPlacer, type ObjectPhase, type ObjectWatch } from './object-watch.ts';

/** What a kernel is told to begin with. */
export interface KernelParts {
  readonly preset: KernelPreset;
  readonly pids: PidNamespaces;
  readonly initialUserNs: UserNamespace;
  readonly cgroupRoots: { readonly unified: Cgroup; readonly pids: Cgroup };
  readonly threadsMax: number;
  readonly possibleCpuCount: number;
  readonly memory: Memory;
}

/** What a program of the model may want to see happen. */
export interface KernelWatch {
  /** A handler of `task` runs. */
  handled?(task: Task, info: SigInfo): void;
}

/** The processes of a machine. */
export class Kernel {
  readonly preset: KernelPreset;
  readonly pids: PidNamespaces;
  readonly cgroupRoots: KernelParts['cgroupRoots'];
  readonly possibleCpuCount: number;
  /** Every task that is not released, oldest first. */
  readonly tasks = new Set<Task>();
  /** Tasks there may be at most. @see kernel/fork.c, max_threads */
  threadsMax: number;
  readonly ucounts = new UcountsTable();
  /** The user namespace each pid namespace belongs to. */
  readonly pidOwners = new Map<PidNamespace, UserNamespace>();
  /** The semaphores of each ipc namespace that has any. */
  readonly semaphores = new Map<PlainNamespace, SemaphoreSets>();
  /** What has to go on once a namespace has no more pids than `count`. */
  readonly emptyWaits = new Map<
    PidNamespace,
    { readonly count: number; readonly finish: () => void }
  >();
  /** Where files without a name in any tree are made. */
  readonly anon = createAnonFs();
  /** The memory of the machine. */
  readonly memory: Memory;
  /** Where pages and page tables go that a task asks for; another one may heed policies. */
  placerOf: (task: Task) => Placer;
  readonly #placers: LocalPlacer[] = [];
  readonly #cachedFiles = new WeakMap<Uint8Array, MemoryObject>();
  /** Who is asked and told where objects lie; nobody as a rule. */
  objects: ObjectWatch | undefined;
  watch: KernelWatch = {};
  /** What runs when nothing does; the parent of init. */
  idle!: Task;
  /** The first process. */
  init!: Task;

  constructor(parts: KernelParts) {
    this.preset = parts.preset;
    this.pids = parts.pids;
    this.cgroupRoots = parts.cgroupRoots;
    this.threadsMax = parts.threadsMax;
    this.possibleCpuCount = parts.possibleCpuCount;
    this.memory = parts.memory;
    this.placerOf = ({ node }) => this.placerAt(node);
    this.pidOwners.set(parts.pids.initial, parts.initialUserNs);
  }

  /** Places on a node, as a task there without a memory policy does. */
  placerAt(node: number): Placer {
    return (this.#placers[node] ??= new LocalPlacer(this.memory, node));
  }

  /** Places for a task, and tells of it where somebody watches. */
  watchedPlacerOf(task: Task, phase: ObjectPhase): Placer {
    const { objects } = this;
    if (objects === undefined) return this.placerOf(task);
    const placer = this.placerOf(task);
    const { node: running } = task;
    const at = (node: number): Placer => (node === running ? placer : this.placerAt(node));
    return new WatchedPlacer(objects, running, phase, at);
  }

  /**
   * What stands for the pages of a file's content in the page cache.
   * MODEL: pages of a content that was replaced are never reclaimed.
   */
  cachedFile(content: Uint8Array): MemoryObject {
    let object = this.#cachedFiles.get(content);
    if (object === undefined) {
      const pages = Math.ceil(content.length / PAGE_SIZE);
      object = this.memory.createObject('page-cache', this.memory.takeInode(), pages);
      this.#cachedFiles.set(content, object);
    }
    return object;
  }

  /** The task with that number as `viewer` counts. @see kernel/pid.c, find_task_by_vpid() */
  find(viewer: Task, number: number): Task | undefined {
    const pid = this.findPid(viewer, number);
    return pid && pidTask(this, pid, 'pid');
  }

  /** The pid with that number as `viewer` counts. @see kernel/pid.c, find_vpid() */
  findPid(viewer: Task, number: number): Pid | undefined {
    return number > 0 ? findPid(pidNamespaceOf(viewer), number) : undefined;
  }

  /** The init of a namespace; undefined once it is gone. */
  reaperOf(namespace: PidNamespace): Task | undefined {
    return namespace.reaper && pidTask(this, namespace.reaper, 'pid');
  }

  /** Who uses a pid; undefined when nobody does. */
  linksOf(pid: Pid): PidLinks | undefined {
    return pid.tasks as PidLinks | undefined;
  }

  /** Gives a pid back and lets go on who waits for its namespaces to become empty. */
  freePid(pid: Pid): void {
    this.pids.free(pid);
    for (const namespace of pid.namespaces) {
      const waiting = this.emptyWaits.get(namespace);
      if (waiting === undefined || namespace.pidAllocated > waiting.count) continue;
      this.emptyWaits.delete(namespace);
      waiting.finish();
    }
  }
}
