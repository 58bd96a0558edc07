// One lane of a race: a design under a lock and a kernel, on virtual CPUs that create and end threads in
// a loop. Runs anywhere; the page runs it in a worker, tests in Node.
import {
  BARN_LOCK,
  DesignRegistry,
  findGePid,
  lastPid,
  PID_KERNELS,
  PIDMAP_LOCK,
  PidNamespaces,
  STOCK_LOCK,
  threadChurnPath,
  type IdAllocator,
  type LockingName,
  type Pid,
  type PidCall,
  type PidKernelName,
} from '@forkless/pid';
import { compileForever, Simulation, type Ledger, type Ps } from '@forkless/sim';
import { preset } from '@forkless/topology';
import { profileOn } from '../../machine-profile.ts';
import { touchedBetween } from './touched.ts';

/** What a lane is. */
export interface LaneOptions {
  readonly design: string;
  readonly locking: LockingName;
  readonly kernel: PidKernelName;
  readonly machine: string;
  readonly cpuCount: number;
  readonly seed: number;
}

/** What a CPU does, as a byte of a report. */
export const CPU_STATE = { goesOn: 0, holds: 1, waits: 2 } as const;

/** What became of an id, as a byte of a report. */
export const ID_STATE = { neverUsed: 0, used: 1, live: 2, liveAgain: 3 } as const;

/** What of a lane is shown at one moment: plain numbers and bytes, to be handed over without a copy. */
export interface LaneReport {
  readonly nowPs: Ps;
  /** Pairs of creation and end so far. */
  readonly pairCount: number;
  readonly lockCount: number;
  readonly waitingCount: number;
  /** The longest queue before one of the locks. */
  readonly queueLength: number;
  readonly lastId: number;
  /** Live ids below `ID_SHOWN_MAX`. */
  readonly liveCount: number;
  /** A `CPU_STATE` a CPU. */
  readonly cpus: Uint8Array;
  /** An `ID_STATE` an id below `ID_SHOWN_MAX`. */
  readonly ids: Uint8Array;
  /** Cache lines fetched from another CPU, by distance. */
  readonly transfers: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  /** The step each CPU is at; none while the race runs. */
  readonly steps: readonly string[];
  /** What the last single step did. */
  readonly stepped: Stepped | undefined;
}

/** One step of one CPU. */
export interface Stepped {
  readonly cpu: number;
  readonly step: string;
  readonly startPs: Ps;
  /** What the step took; undefined while the CPU waits for a lock. */
  readonly tookPs: Ps | undefined;
  /** What it touched, in words. */
  readonly touched: readonly string[];
}

/** Ids that the picture of the id space has room for. */
export const ID_SHOWN_MAX = 4096;

/** Pids that are there before the race begins, init first: the rest of a running system. */
const LIVE_PIDS = 400;

const LOCK_GROUPS = [PIDMAP_LOCK, STOCK_LOCK, BARN_LOCK] as const;

const designs = new DesignRegistry();

/** Names to choose from. */
export const designNames: readonly string[] = designs.names;

/** The lockings a design can run under, its own first. */
export function lockingsOf(design: string): readonly LockingName[] {
  return designs.get(design).lockings;
}

/** A lane under way. */
export class Lane {
  readonly #pids: PidNamespaces;
  readonly #simulation: Simulation<PidCall>;
  readonly #cpuCount: number;
  /** How often each id was handed out, up to 255 times. */
  readonly #uses = new Uint8Array(ID_SHOWN_MAX);

  constructor({ design, locking, kernel, machine: name, cpuCount, seed }: LaneOptions) {
    const machine = preset(name);
    const chosen = designs.get(design);
    this.#cpuCount = Math.min(cpuCount, machine.cpus.length);
    this.#pids = new PidNamespaces({
      allocator: (end) =>
        this.#counted(chosen.create<Pid>({ end, cpuCount: this.#cpuCount, notesTraffic: true })),
      kernel: PID_KERNELS[kernel],
      locking: { lock: locking },
      possibleCpuCount: machine.cpus.length,
    });
    const request = { namespace: this.#pids.initial };
    for (let live = 0; live < LIVE_PIDS; live++) this.#pids.alloc(request);
    this.#simulation = new Simulation({
      cpuCount: this.#cpuCount,
      program: compileForever(threadChurnPath(this.#pids)),
      state: () => this.#pids.call(request),
      profile: profileOn(machine),
      distances: machine.transferDistances(),
      locks: this.#pids.locks,
      nodeOf: (cpu) => machine.nodeOfCpu(machine.cpus[cpu]!),
      seed,
    });
  }

  get nowPs(): Ps {
    return this.#simulation.nowPs;
  }

  /** Runs on to a point in simulated time. */
  runTo(untilPs: Ps): void {
    this.#simulation.run({ untilPs });
  }

  /** Runs one event: one step of one CPU, and what of its path takes no time before that. */
  step(): Stepped {
    const simulation = this.#simulation;
    const before = simulation.ledger();
    const cpu = this.#nextCpu();
    const step = simulation.stepOf(cpu);
    const startPs = simulation.clockOf(cpu);
    simulation.run({ eventCountMax: 1 });
    const waits = this.#waiters().has(cpu);
    return {
      cpu,
      step,
      startPs,
      tookPs: waits ? undefined : simulation.clockOf(cpu) - startPs,
      touched: touchedBetween(before, simulation.ledger(), waits),
    };
  }

  /** What is to be shown now; the names of the steps too when asked for. */
  report(namesSteps: boolean, stepped?: Stepped): LaneReport {
    const simulation = this.#simulation;
    const ledger = simulation.ledger();
    const ids = this.#ids();
    const cpus = new Uint8Array(this.#cpuCount);
    let queueLength = 0;
    for (const { holder, waiters } of this.#locks()) {
      if (holder >= 0) cpus[holder] = CPU_STATE.holds;
      queueLength = Math.max(queueLength, waiters.length);
    }
    const waiting = this.#waiters();
    for (const cpu of waiting) cpus[cpu] = CPU_STATE.waits;
    return {
      nowPs: simulation.nowPs,
      pairCount: simulation.doneCount,
      lockCount: simulation.lockCountOf(PIDMAP_LOCK),
      waitingCount: waiting.size,
      queueLength,
      lastId: lastPid(this.#pids.initial),
      liveCount: ids.reduce((sum, state) => sum + Number(state >= ID_STATE.live), 0),
      cpus,
      ids,
      transfers: transfersOf(ledger),
      refusals: ledger.refusals,
      steps: namesSteps
        ? Array.from({ length: this.#cpuCount }, (_, cpu) => simulation.stepOf(cpu))
        : [],
      stepped,
    };
  }

  /** The CPU whose event comes next: the earliest of those that wait for no lock, ties by number. */
  #nextCpu(): number {
    const waiting = this.#waiters();
    let next = -1;
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      if (waiting.has(cpu)) continue;
      const isSooner = next < 0 || this.#simulation.clockOf(cpu) < this.#simulation.clockOf(next);
      if (isSooner) next = cpu;
    }
    return next;
  }

  #waiters(): ReadonlySet<number> {
    return new Set([...this.#locks()].flatMap(({ waiters }) => waiters));
  }

  *#locks() {
    for (const group of LOCK_GROUPS) {
      const count = this.#simulation.lockCountOf(group);
      for (let lock = 0; lock < count; lock++) yield this.#simulation.lockState(group, lock);
    }
  }

  #ids(): Uint8Array {
    const ids = new Uint8Array(ID_SHOWN_MAX);
    for (const [id, uses] of this.#uses.entries()) if (uses > 0) ids[id] = ID_STATE.used;
    const namespace = this.#pids.initial;
    for (let from = 0; ;) {
      const id = findGePid(namespace, from)?.numbers[0];
      if (id === undefined || id >= ID_SHOWN_MAX) return ids;
      ids[id] = this.#uses[id]! > 1 ? ID_STATE.liveAgain : ID_STATE.live;
      from = id + 1;
    }
  }

  /** Counts what an allocator hands out; its answers are as before. */
  #counted(ids: IdAllocator<Pid>): IdAllocator<Pid> {
    const uses = this.#uses;
    const allocCyclic = ids.allocCyclic.bind(ids);
    ids.allocCyclic = (min, end, cpu) => {
      const id = allocCyclic(min, end, cpu);
      if (typeof id === 'number' && id < ID_SHOWN_MAX && uses[id]! < 255) uses[id] = uses[id]! + 1;
      return id;
    };
    return ids;
  }
}

/** Over all groups of lines, by distance; without those that never came to pass. */
function transfersOf(ledger: Ledger): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { transfers } of Object.values(ledger.lines)) {
    for (const [name, count] of Object.entries(transfers)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
