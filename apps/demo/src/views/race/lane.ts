// One lane of a race: a design under a lock and a kernel, on virtual CPUs that create and end threads in
// a loop. Runs anywhere; the page runs it in a worker, tests in Node.
import {
  DesignRegistry,
  findGePid,
  lastPid,
  PID_KERNELS,
  PIDMAP_LOCK,
  PidNamespaces,
  threadChurnPath,
  type LockingName,
  type PidCall,
  type PidKernelName,
} from '@forkless/pid';
import { compileForever, SERVER_2025, Simulation, type Ledger, type Ps } from '@forkless/sim';
import { preset } from '@forkless/topology';

/** What a lane is. */
export interface LaneOptions {
  readonly design: string;
  readonly locking: LockingName;
  readonly kernel: PidKernelName;
  readonly machine: string;
  readonly cpuCount: number;
  readonly seed: number;
}

/** What of a lane is shown at one moment. */
export interface LaneState {
  readonly nowPs: Ps;
  /** Pairs of creation and end so far. */
  readonly pairCount: number;
  /** The step each CPU is at. */
  readonly steps: readonly string[];
  /** By lock of the group: who holds it and how many wait. */
  readonly locks: readonly { readonly holder: number; readonly waiters: readonly number[] }[];
  readonly ledger: Ledger;
  /** Ids that are live, ascending, below `ID_SHOWN_MAX`. */
  readonly liveIds: readonly number[];
  readonly lastId: number;
}

/** Ids that the picture of the id space has room for. */
export const ID_SHOWN_MAX = 4096;

/** Pids that are there before the race begins, init first: the rest of a running system. */
const LIVE_PIDS = 400;

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

  constructor({ design, locking, kernel, machine: name, cpuCount, seed }: LaneOptions) {
    const machine = preset(name);
    const chosen = designs.get(design);
    this.#cpuCount = Math.min(cpuCount, machine.cpus.length);
    this.#pids = new PidNamespaces({
      allocator: (end) => chosen.create({ end, cpuCount: this.#cpuCount, notesTraffic: true }),
      kernel: PID_KERNELS[kernel],
      locking: { lock: locking },
      possibleCpuCount: machine.cpus.length,
    });
    const request = { namespace: this.#pids.initial };
    for (let live = 0; live < LIVE_PIDS; live++) this.#pids.alloc(request);
    const transfers = Object.entries(machine.transfers!).map(
      ([key, figure]) => [`transfer.${key}`, figure] as const,
    );
    this.#simulation = new Simulation({
      cpuCount: this.#cpuCount,
      program: compileForever(threadChurnPath(this.#pids)),
      state: () => this.#pids.call(request),
      profile: {
        ...SERVER_2025,
        figures: { ...SERVER_2025.figures, ...Object.fromEntries(transfers) },
      },
      distances: machine.transferDistances(),
      locks: this.#pids.locks,
      nodeOf: (cpu) => machine.nodeOfCpu(machine.cpus[cpu]!),
      seed,
    });
  }

  /** Runs on to a point in simulated time. */
  runTo(untilPs: Ps): void {
    this.#simulation.run({ untilPs });
  }

  /** Runs one event: one step of one CPU. */
  step(): void {
    this.#simulation.run({ eventCountMax: 1 });
  }

  /** What is to be shown now. */
  state(): LaneState {
    const simulation = this.#simulation;
    return {
      nowPs: simulation.nowPs,
      pairCount: simulation.doneCount,
      steps: Array.from({ length: this.#cpuCount }, (_, cpu) => simulation.stepOf(cpu)),
      locks: Array.from({ length: simulation.lockCountOf(PIDMAP_LOCK) }, (_, lock) =>
        simulation.lockState(PIDMAP_LOCK, lock),
      ),
      ledger: simulation.ledger(),
      liveIds: this.#liveIds(),
      lastId: lastPid(this.#pids.initial),
    };
  }

  #liveIds(): number[] {
    const namespace = this.#pids.initial;
    const ids: number[] = [];
    for (let from = 0; ;) {
      const id = findGePid(namespace, from)?.numbers[0];
      if (id === undefined || id >= ID_SHOWN_MAX) return ids;
      ids.push(id);
      from = id + 1;
    }
  }
}
