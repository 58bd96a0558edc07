// How many tasks each user has in each user namespace, which RLIMIT_NPROC is held against.

import type { UserNamespace } from '../cred/cred.ts';

/** What one user has in one namespace. @see kernel/ucount.c, struct ucounts */
export class Ucounts {
  readonly uid: number;
  /** What the owner of the namespace has in the one around it; its count includes this one. */
  readonly outer: Ucounts | undefined;
  /** Most tasks the namespace may have. */
  readonly namespaceTasksMax: number;
  /** Tasks, zombies among them. */
  taskCount = 0;

  constructor(uid: number, outer: Ucounts | undefined, namespaceTasksMax: number) {
    this.uid = uid;
    this.outer = outer;
    this.namespaceTasksMax = namespaceTasksMax;
  }

  /** Counts `by` tasks here and in the namespaces around. O(levels). */
  addTasks(by: number): void {
    this.taskCount += by;
    this.outer?.addTasks(by);
  }

  /**
   * Whether the count is above `limit`, or above what a namespace around allows.
   * @see kernel/ucount.c, is_rlimit_overlimit(), v6.12
   */
  isOverTasks(limit: number): boolean {
    return this.taskCount > limit || this.outer?.isOverTasks(this.namespaceTasksMax) === true;
  }
}

/** The counts of all users, each made when first asked for. */
export class UcountsTable {
  readonly #byNamespace = new Map<UserNamespace, Map<number, Ucounts>>();
  readonly #tasksMax = new Map<UserNamespace, number>();

  /** A new namespace may have at most `tasksMax` tasks. */
  limit(namespace: UserNamespace, tasksMax: number): void {
    this.#tasksMax.set(namespace, tasksMax);
  }

  /** What `uid` has in `namespace`. */
  of(namespace: UserNamespace, uid: number): Ucounts {
    let byUid = this.#byNamespace.get(namespace);
    if (byUid === undefined) this.#byNamespace.set(namespace, (byUid = new Map()));
    let counts = byUid.get(uid);
    if (counts === undefined) byUid.set(uid, (counts = this.#make(namespace, uid)));
    return counts;
  }

  #make(namespace: UserNamespace, uid: number): Ucounts {
    const { parent, owner } = namespace;
    const outer = parent === null ? undefined : this.of(parent, owner);
    return new Ucounts(uid, outer, this.#tasksMax.get(namespace) ?? Number.POSITIVE_INFINITY);
  }
}
