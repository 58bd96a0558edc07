// Control groups as far as making a process needs them: the unified tree that CLONE_INTO_CGROUP names,
// and the tree of the pids controller, which limits how many tasks there may be.

import { refuse, type Refusal } from '@forkless/errors';
import { CAP_DAC_OVERRIDE } from '../cred/capability.ts';
import { nsCapable, type Cred } from '../cred/cred.ts';

/** A control group. @see include/linux/cgroup-defs.h, struct cgroup; kernel/cgroup/pids.c */
export class Cgroup {
  readonly name: string;
  readonly parent: Cgroup | undefined;
  readonly children = new Map<string, Cgroup>();
  /** Whose directory it is, which decides who may put tasks in. */
  readonly uid: number;
  readonly gid: number;
  /** Tasks in it that have not left. */
  taskCount = 0;
  removed = false;
  /** Most tasks in it and below; infinite when there is no limit. */
  pidsMax = Number.POSITIVE_INFINITY;
  pidsCurrent = 0;
  /** Forks refused because of the limit, counted where they were tried. */
  pidsRefused = 0;

  constructor(name: string, parent?: Cgroup, uid = 0, gid = 0) {
    this.name = name;
    this.parent = parent;
    this.uid = uid;
    this.gid = gid;
  }

  /** The group and those above it. */
  path(): Cgroup[] {
    return [this, ...(this.parent?.path() ?? [])];
  }

  /** Makes a group below; EEXIST when there is one of that name. */
  makeChild(name: string, uid = 0, gid = 0): Cgroup | Refusal<'EEXIST'> {
    if (this.children.has(name)) return refuse('EEXIST', `there is a control group ${name}`);
    const child = new Cgroup(name, this, uid, gid);
    this.children.set(name, child);
    return child;
  }

  /** Removes a group below; EBUSY while it has tasks or groups, ENOENT when there is none. */
  removeChild(name: string): Refusal<'EBUSY' | 'ENOENT'> | undefined {
    const child = this.children.get(name);
    if (child === undefined) return refuse('ENOENT', `there is no control group ${name}`);
    if (child.taskCount > 0 || child.children.size > 0) {
      return refuse('EBUSY', `the control group ${name} is in use`);
    }
    child.removed = true;
    this.children.delete(name);
    return undefined;
  }

  /**
   * Counts a task in, here and above; EAGAIN, and nothing counted, when a limit is reached.
   * @see kernel/cgroup/pids.c, pids_try_charge(), v6.18
   */
  tryCharge(): Refusal<'EAGAIN'> | undefined {
    const full = this.#nearestFull();
    if (full !== undefined) {
      this.pidsRefused++;
      return refuse('EAGAIN', `the control group ${full.name} may have ${full.pidsMax} tasks`);
    }
    this.charge(1);
    return undefined;
  }

  /** From here upwards. */
  #nearestFull(): Cgroup | undefined {
    if (this.pidsCurrent + 1 > this.pidsMax) return this;
    return this.parent === undefined ? undefined : this.parent.#nearestFull();
  }

  /** Counts tasks in or out without a limit, as moving one between groups does. */
  charge(by: number): void {
    this.pidsCurrent += by;
    this.parent?.charge(by);
  }
}

/** The groups of a task: one in each tree. @see include/linux/cgroup-defs.h, struct css_set */
export interface Cgroups {
  readonly unified: Cgroup;
  readonly pids: Cgroup;
}

/**
 * Whether `cred` may put a task that is in `from` into `to`, whose thread alone it may be: EACCES without
 * write permission on both `to` and what they have in common, EOPNOTSUPP for a thread that would leave
 * its process.
 * @see kernel/cgroup/cgroup.c, cgroup_may_write(), cgroup_attach_permissions(), v6.18
 */
export function refuseAttach(
  cred: Cred,
  from: Cgroup,
  to: Cgroup,
  isThread: boolean,
): Refusal<'EACCES' | 'EOPNOTSUPP'> | undefined {
  const common = commonAncestor(from, to);
  if (!mayWrite(cred, to) || !mayWrite(cred, common)) {
    return refuse('EACCES', 'cgroup.procs is not writable for the caller');
  }
  if (isThread && from !== to) {
    return refuse('EOPNOTSUPP', 'a thread stays in the domain of its process');
  }
  return undefined;
}

function mayWrite(cred: Cred, { uid }: Cgroup): boolean {
  return cred.fsuid === uid || nsCapable(cred, cred.userNs, CAP_DAC_OVERRIDE);
}

function commonAncestor(one: Cgroup, other: Cgroup): Cgroup {
  const above = one.path();
  return other.path().find((at) => above.includes(at)) ?? other;
}
