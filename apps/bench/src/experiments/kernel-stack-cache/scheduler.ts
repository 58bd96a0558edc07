// Where tasks run, as far as it decides which node frees a kernel stack: the search for the idlest CPU at
// fork and exec, wake-ups near the last CPU, and a CPU that has run dry taking over a waiting task.
// MODEL: a burst runs to its end; there are no time slices, no load averages and no periodic balancing.

/** How willing the scheduler is to leave a node. */
export interface SchedulerRules {
  /** Idle CPUs that the other node must have more before a new task goes there. */
  readonly nodeImbalance: number;
  /** Whether an idle CPU takes over tasks that wait on the other node. */
  readonly pullsAcross: boolean;
}

/** How much more load a busy node must have before a task leaves it. @see imbalance_pct, kernel/sched/topology.c */
const IMBALANCE = 1.17;

/** CPUs of two or more nodes with what runs and waits on each. */
export class Scheduler<Task> {
  readonly #running: (Task | undefined)[];
  readonly #waiting: Task[][];
  readonly #nodeOf: readonly number[];
  readonly #cpusOf: readonly (readonly number[])[];
  readonly #rules: SchedulerRules;

  constructor(nodeOf: readonly number[], rules: SchedulerRules) {
    this.#nodeOf = nodeOf;
    this.#rules = rules;
    this.#running = nodeOf.map(() => undefined);
    this.#waiting = nodeOf.map(() => []);
    this.#cpusOf = Array.from({ length: Math.max(...nodeOf) + 1 }, (_, node) =>
      nodeOf.flatMap((one, cpu) => (one === node ? [cpu] : [])),
    );
  }

  nodeOf(cpu: number): number {
    return this.#nodeOf[cpu]!;
  }

  /**
   * The CPU for a task that was just made or execs: the idlest node if it is that much idler, there an
   * idle CPU or the one with the fewest. A task that execs is not in its own way. @see kernel/sched/fair.c, sched_balance_find_dst_group(), v6.18
   */
  idlest(cpu: number, isOnCpu: boolean): number {
    const local = this.nodeOf(cpu);
    const own = Number(isOnCpu);
    let best = local;
    for (let node = 0; node < this.#cpusOf.length; node++) {
      if (node !== local && this.#isIdler(node, best, best === local ? own : 0)) best = node;
    }
    if (best === local && (isOnCpu || this.#isFree(cpu))) return cpu;
    return this.#leastBusy(best);
  }

  /** The CPU for a task that wakes up: its last one, or an idle one beside it. @see select_idle_sibling() */
  nearby(cpu: number): number {
    if (this.#isFree(cpu)) return cpu;
    return this.#cpusOf[this.nodeOf(cpu)]!.find((one) => this.#isFree(one)) ?? cpu;
  }

  /** Puts a task on a CPU; true when it runs at once. */
  put(cpu: number, task: Task): boolean {
    if (this.#running[cpu] !== undefined) {
      this.#waiting[cpu]!.push(task);
      return false;
    }
    this.#running[cpu] = task;
    return true;
  }

  /** The running task leaves; the next one on this CPU, or one pulled from elsewhere, runs. */
  leave(cpu: number): Task | undefined {
    this.#running[cpu] = this.#waiting[cpu]!.shift() ?? this.#pull(cpu);
    return this.#running[cpu];
  }

  #pull(cpu: number): Task | undefined {
    const local = this.nodeOf(cpu);
    const nodes = this.#rules.pullsAcross ? this.#cpusOf.map((_, node) => node) : [local];
    nodes.sort((a, b) => Number(a !== local) - Number(b !== local));
    for (const node of nodes) {
      const busiest = this.#busiest(node);
      if (busiest >= 0) return this.#waiting[busiest]!.shift();
    }
    return undefined;
  }

  #busiest(node: number): number {
    let busiest = -1;
    for (const cpu of this.#cpusOf[node]!) {
      const { length } = this.#waiting[cpu]!;
      if (length > 0 && (busiest < 0 || length > this.#waiting[busiest]!.length)) busiest = cpu;
    }
    return busiest;
  }

  /** `own` tasks on the other node would not be there. */
  #isIdler(node: number, than: number, own: number): boolean {
    const idle = this.#idleCount(node);
    const other = this.#idleCount(than) + own;
    if (idle + other > 0) return idle > other + this.#rules.nodeImbalance;
    return this.#loadOf(node) * IMBALANCE < this.#loadOf(than) - own;
  }

  #leastBusy(node: number): number {
    const cpus = this.#cpusOf[node]!;
    return cpus.reduce((best, cpu) => (this.#tasksOn(cpu) < this.#tasksOn(best) ? cpu : best));
  }

  #isFree(cpu: number): boolean {
    return this.#running[cpu] === undefined;
  }

  #tasksOn(cpu: number): number {
    return this.#waiting[cpu]!.length + Number(!this.#isFree(cpu));
  }

  #idleCount(node: number): number {
    return this.#cpusOf[node]!.reduce((sum, cpu) => sum + Number(this.#isFree(cpu)), 0);
  }

  #loadOf(node: number): number {
    return this.#cpusOf[node]!.reduce((sum, cpu) => sum + this.#tasksOn(cpu), 0);
  }
}
