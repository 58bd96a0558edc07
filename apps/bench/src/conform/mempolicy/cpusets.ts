// The cpuset side of both cgroup versions, as far as it decides on which nodes a task may allocate: files,
// effective nodes, and what a change does to the tasks and their pages.
import { parseList } from '@forkless/bitmap';
import { refuse, type Refusal } from '@forkless/errors';
import { changeMems, migrateMm, MPOL_MF_MOVE_ALL, nodesText, rebindMm } from '@forkless/mempolicy';
import { Nodemask, noNodes } from '@forkless/mm';
import type { Process } from './process.ts';

/** One cpuset. */
export class Cpuset {
  readonly path: string;
  readonly parent: Cpuset | null;
  readonly children: Cpuset[] = [];
  readonly tasks = new Set<Process>();
  mems: Nodemask = noNodes;
  effectiveMems: Nodemask = noNodes;
  /** What its tasks' pages were last laid out for. */
  oldMems: Nodemask = noNodes;
  cpus: readonly number[] = [];
  migrates: boolean;

  constructor(path: string, parent: Cpuset | null, migrates: boolean) {
    this.path = path;
    this.parent = parent;
    this.migrates = migrates;
    parent?.children.push(this);
  }
}

/** What a write to a cpuset file can refuse with. */
export type CpusetErrno = 'EINVAL' | 'ENOENT' | 'EACCES' | 'EBUSY' | 'ENOSPC' | 'EEXIST' | 'ESRCH';

/** What the hierarchy stands on. */
export interface CpusetSetting {
  readonly version: 'v1' | 'v2';
  readonly mems: Nodemask;
  readonly cpus: readonly number[];
  readonly nodesMax: number;
  findProcess(pid: number): Process | undefined;
  /** The CPU on which a process goes on when `cpus` are left to it. */
  moveCpu(process: Process, cpus: readonly number[]): void;
}

/** The hierarchy below `/cg`. @see kernel/cgroup/cpuset.c, v6.12 */
export class Cpusets {
  readonly root: Cpuset;
  readonly #setting: CpusetSetting;
  readonly #byPath = new Map<string, Cpuset>();

  constructor(setting: CpusetSetting) {
    this.#setting = setting;
    this.root = new Cpuset('/cg', null, false);
    this.root.mems = setting.mems;
    this.root.effectiveMems = setting.mems;
    this.root.oldMems = setting.mems;
    this.root.cpus = setting.cpus;
    this.#byPath.set('/cg', this.root);
  }

  get(path: string): Cpuset | undefined {
    return this.#byPath.get(path);
  }

  make(path: string): 0 | Refusal<CpusetErrno> {
    const parent = this.#byPath.get(path.slice(0, path.lastIndexOf('/')));
    if (parent === undefined) return refuse('ENOENT', 'no such cgroup');
    if (this.#byPath.has(path)) return refuse('EEXIST', 'the cgroup exists');
    const isV2 = this.#setting.version === 'v2';
    const made = new Cpuset(path, parent, isV2);
    if (isV2) made.effectiveMems = parent.effectiveMems;
    made.oldMems = made.effectiveMems;
    this.#byPath.set(path, made);
    return 0;
  }

  read(path: string): string | undefined {
    const [set, file] = this.#locate(path);
    if (set === undefined) return undefined;
    switch (file) {
      case 'cpuset.mems':
        return `${nodesText(set.mems)}\n`;
      case 'cpuset.mems.effective':
      case 'cpuset.effective_mems':
        return `${nodesText(set.effectiveMems)}\n`;
      case 'cpuset.memory_migrate':
        return `${Number(set.migrates)}\n`;
      case 'cgroup.procs':
      case 'tasks':
        return [...set.tasks].map(({ pid }) => `${pid}\n`).join('');
      default:
        return undefined;
    }
  }

  write(path: string, text: string, writer: Process): 0 | Refusal<CpusetErrno> {
    const [set, file] = this.#locate(path);
    if (set === undefined) return refuse('ENOENT', 'no such cgroup');
    const isV1 = this.#setting.version === 'v1';
    if (file === 'cpuset.mems') return this.#writeMems(set, text);
    if (file === 'cpuset.cpus') return this.#writeCpus(set, text);
    if (file === 'cgroup.procs' || (file === 'tasks' && isV1))
      return this.#attach(set, text, writer);
    if (file !== 'cpuset.memory_migrate' || !isV1) return refuse('ENOENT', 'no such file');
    const value = Number(text.trim());
    if (!Number.isInteger(value)) return refuse('EINVAL', 'not a number');
    set.migrates = value !== 0;
    return 0;
  }

  #locate(path: string): [Cpuset | undefined, string] {
    const at = path.lastIndexOf('/');
    return [this.#byPath.get(path.slice(0, at)), path.slice(at + 1)];
  }

  /** @see update_nodemask(), validate_change(), v6.12 */
  #writeMems(set: Cpuset, text: string): 0 | Refusal<CpusetErrno> {
    if (set === this.root) return refuse('EACCES', 'the root cpuset has all nodes');
    const parsed = parseList(text.trim(), this.#setting.nodesMax);
    if (!parsed.ok) return refuse('EINVAL', 'not a list of nodes');
    const mems = Nodemask.of(parsed.bitmap);
    if (!mems.isSubsetOf(this.#setting.mems)) return refuse('EINVAL', 'a node without memory');
    if (mems.equals(set.mems)) return 0;
    const bad = this.#refuseMems(set, mems);
    if (bad !== null) return bad;
    set.mems = mems;
    this.#propagate(set);
    return 0;
  }

  #refuseMems(set: Cpuset, mems: Nodemask): Refusal<CpusetErrno> | null {
    if (this.#setting.version === 'v1') {
      if (set.children.some((child) => !child.mems.isSubsetOf(mems))) {
        return refuse('EBUSY', 'a child needs more nodes');
      }
      if (!mems.isSubsetOf(set.parent!.mems)) return refuse('EACCES', 'the parent has fewer nodes');
    }
    return set.tasks.size > 0 && set.mems.count > 0 && mems.count === 0
      ? refuse('ENOSPC', 'a cpuset with tasks needs nodes')
      : null;
  }

  /** @see update_nodemasks_hier(), update_tasks_nodemask(), v6.12 */
  #propagate(set: Cpuset): void {
    const isV2 = this.#setting.version === 'v2';
    const within = set.mems.and(set.parent!.effectiveMems);
    const effective = isV2 && within.count === 0 ? set.parent!.effectiveMems : within;
    if (effective.equals(set.effectiveMems)) return;
    set.effectiveMems = effective;
    const mems = this.#onlineMems(set);
    for (const task of set.tasks) {
      changeMems(task.holder, mems);
      changeMm(task, set.mems, set.migrates ? { from: set.oldMems, to: mems } : null);
    }
    set.oldMems = mems;
    for (const child of set.children) this.#propagate(child);
  }

  #onlineMems(set: Cpuset): Nodemask {
    let at = set;
    while (at.parent !== null && at.effectiveMems.count === 0) at = at.parent;
    return at.effectiveMems;
  }

  #writeCpus(set: Cpuset, text: string): 0 | Refusal<CpusetErrno> {
    const parsed = parseList(text.trim(), Math.max(...this.#setting.cpus) + 1);
    if (!parsed.ok) return refuse('EINVAL', 'not a list of CPUs');
    set.cpus = [...parsed.bitmap];
    for (const task of set.tasks) this.#setting.moveCpu(task, this.#cpusOf(set));
    return 0;
  }

  /** The CPUs the tasks of a cpuset may run on. */
  #cpusOf(set: Cpuset): readonly number[] {
    let at = set;
    while (at.parent !== null && at.cpus.length === 0) at = at.parent;
    return at.cpus;
  }

  /** The CPUs a process may run on. */
  cpusFor(process: Process): readonly number[] {
    return this.#cpusOf(process.cpuset);
  }

  /** @see cpuset_can_attach(), cpuset_attach(), v6.12 */
  #attach(set: Cpuset, text: string, writer: Process): 0 | Refusal<CpusetErrno> {
    const process = text === 'PID' ? writer : this.#setting.findProcess(Number(text));
    if (process === undefined) return refuse('ESRCH', 'no such process');
    const isV1 = this.#setting.version === 'v1';
    if (isV1 && (set.cpus.length === 0 || set.mems.count === 0)) {
      return refuse('ENOSPC', 'the cpuset has no CPUs or no nodes');
    }
    const old = process.cpuset;
    old.tasks.delete(process);
    set.tasks.add(process);
    process.cpuset = set;
    const mems = this.#onlineMems(set);
    const cpus = this.#cpusOf(set);
    const isNewMems = !set.effectiveMems.equals(old.effectiveMems);
    const isNewCpus = cpus.join() !== this.#cpusOf(old).join();
    if (isV1 || isNewMems || isNewCpus) {
      changeMems(process.holder, mems);
      this.#setting.moveCpu(process, cpus);
      if (isNewMems || set.migrates) {
        const moves = set.migrates ? { from: old.oldMems, to: set.effectiveMems } : null;
        changeMm(process, set.effectiveMems, moves);
      }
    }
    set.oldMems = mems;
    return 0;
  }
}

/** The policies of a process's mappings follow its nodes, and its pages too where there are moves. */
function changeMm(
  { holder: { mm } }: Process,
  mems: Nodemask,
  moves: { readonly from: Nodemask; readonly to: Nodemask } | null,
): void {
  if (mm === null) return;
  rebindMm(mm, mems);
  if (moves !== null) migrateMm(mm, { ...moves, flags: MPOL_MF_MOVE_ALL, mems: null });
}
