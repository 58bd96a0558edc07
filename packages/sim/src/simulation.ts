// The engine: programs run by integer program counter on virtual CPUs, one pending event a CPU. A
// step acts on the shared state when its CPU's turn comes, in order of time, ties by CPU number; the
// time it takes is when the CPU comes up next.

import { assert, ConfigError, isRefusal } from '@forkless/errors';
import { CalendarQueue } from './calendar-queue.ts';
import { figureOf, figurePs, type CostProfile } from './cost-profile.ts';
import { tabulateDistances, type Distances } from './distance.ts';
import type { Ledger } from './ledger.ts';
import { LineTable, type TransferCosts } from './line-table.ts';
import { LockTable, NOT_NOW, type LockCosts, type LockSpec } from './lock-table.ts';
import { DYNAMIC, Op, ROW, SPREADS, type Program } from './program.ts';
import { RandomStreams } from './random-streams.ts';
import { SlabTable } from './slab-table.ts';
import type { Ps } from './time.ts';

/** The most virtual CPUs a simulation can have. */
export const CPU_COUNT_MAX = 4096;

/** What a simulation is made of. */
export interface SimulationOptions<S> {
  /** Virtual CPUs, 1 to `CPU_COUNT_MAX`; each runs the program on its own state. */
  readonly cpuCount: number;
  readonly program: Program<S>;
  /** The state of a CPU's thread; CPUs that share a kernel share it through this. */
  readonly state: (cpu: number) => S;
  readonly profile: CostProfile;
  readonly distances: Distances;
  /** Every lock group of the program. */
  readonly locks?: Readonly<Record<string, LockSpec>>;
  /** Line groups that lie on the lines of another group: false sharing. */
  readonly sameLines?: Readonly<Record<string, string>>;
  /** The NUMA node of a CPU, for slab objects; all on node 0 when left out. */
  readonly nodeOf?: (cpu: number) => number;
  readonly seed: number;
}

/** How far to run; whichever bound comes first. */
export interface RunBounds {
  readonly untilPs?: Ps;
  /** Events at most; 2^40 when left out. */
  readonly eventCountMax?: number;
}

const EVENT_COUNT_MAX = 2 ** 40;
/** Steps in a row that take no time, above which a path is taken to run in a circle. */
const TIMELESS_STEPS_MAX = 1_000_000;
const UNIFORM = SPREADS.indexOf('uniform');
const EXPONENTIAL = SPREADS.indexOf('exponential');

/** A machine with its CPUs under way. Equal options give equal runs, however they are cut in parts. */
export class Simulation<S> {
  readonly #program: Program<S>;
  readonly #states: readonly S[];
  readonly #queue: CalendarQueue;
  readonly #random: RandomStreams;
  readonly #pcs: Int32Array;
  readonly #figurePs: Float64Array;
  readonly #locks: readonly LockTable[];
  readonly #lines: readonly LineTable[];
  readonly #slabs: SlabTable;
  readonly #nodes: Int32Array;
  readonly #slabAllocPs: Ps;
  readonly #slabFreePs: Ps;
  readonly #work: Float64Array;
  /** 1 while a CPU is in a `hold` step. */
  readonly #holding: Uint8Array;
  readonly #done: Float64Array;
  readonly #refusals = new Map<string, number>();
  #events = 0;
  #now: Ps = 0;

  constructor(options: SimulationOptions<S>) {
    const { cpuCount, program, profile } = options;
    if (!Number.isInteger(cpuCount) || cpuCount < 1 || cpuCount > CPU_COUNT_MAX) {
      throw new ConfigError(
        `cpuCount: expected a whole number from 1 to ${CPU_COUNT_MAX}, got ${cpuCount}`,
      );
    }
    this.#program = program;
    this.#states = Array.from({ length: cpuCount }, (_, cpu) => options.state(cpu));
    this.#queue = new CalendarQueue(cpuCount);
    this.#random = new RandomStreams(options.seed, cpuCount);
    this.#pcs = new Int32Array(cpuCount);
    this.#figurePs = Float64Array.from(program.figures, (name) =>
      figurePs(profile, name, `path '${program.name}'`),
    );
    const transfers = transferCosts(options);
    this.#locks = lockTables(options, transfers);
    this.#lines = lineTables(options, transfers);
    this.#nodes = Int32Array.from({ length: cpuCount }, (_, cpu) => options.nodeOf?.(cpu) ?? 0);
    this.#slabs = new SlabTable(program.caches, Math.max(...this.#nodes) + 1);
    const usesSlab = program.caches.length > 0;
    this.#slabAllocPs = usesSlab ? figurePs(profile, 'slab.alloc', 'every slab allocation') : 0;
    this.#slabFreePs = usesSlab ? figurePs(profile, 'slab.free', 'every slab free') : 0;
    this.#work = new Float64Array(program.figures.length);
    this.#done = new Float64Array(cpuCount);
    this.#holding = new Uint8Array(cpuCount);
    for (let cpu = 0; cpu < cpuCount; cpu++) this.#queue.push(cpu, 0);
  }

  /** The time of the last event. */
  get nowPs(): Ps {
    return this.#now;
  }

  /** Units of work done so far on all CPUs. */
  get doneCount(): number {
    return this.#done.reduce((sum, count) => sum + count, 0);
  }

  /** Units of work done so far on one CPU. */
  doneOn(cpu: number): number {
    return this.#done[cpu]!;
  }

  /** The name of the step a CPU is at. */
  stepOf(cpu: number): string {
    return this.#program.names[this.#pcs[cpu]!]!;
  }

  /** Runs on until a bound is reached or no CPU has anything left to do; returns the events run. */
  run({ untilPs = Infinity, eventCountMax = EVENT_COUNT_MAX }: RunBounds): number {
    const queue = this.#queue;
    const first = this.#events;
    const last = first + eventCountMax;
    while (this.#events < last) {
      const cpu = queue.pop();
      if (cpu < 0) break;
      const now = queue.timeOf(cpu);
      if (now > untilPs) {
        queue.push(cpu, now);
        break;
      }
      this.#now = now;
      this.#events++;
      const next = this.#runCpu(cpu, now);
      if (next !== NOT_NOW) queue.push(cpu, next);
    }
    return this.#events - first;
  }

  /** Everything counted so far. */
  ledger(): Ledger {
    const program = this.#program;
    return {
      events: this.#events,
      done: this.doneCount,
      refusals: Object.fromEntries([...this.#refusals].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      locks: Object.fromEntries(program.locks.map((name, at) => [name, this.#locks[at]!.ledger()])),
      lines: Object.fromEntries(program.lines.map((name, at) => [name, this.#lines[at]!.ledger()])),
      slabs: this.#slabs.ledger(),
      work: Object.fromEntries(program.figures.map((name, at) => [name, this.#work[at]!])),
    };
  }

  /** Runs one CPU until a step takes time; returns when the CPU comes up next, or `NOT_NOW`. */
  #runCpu(cpu: number, now: Ps): Ps {
    const { rows } = this.#program;
    let pc = this.#pcs[cpu]!;
    for (let timeless = 0; ; timeless++) {
      assert(timeless < TIMELESS_STEPS_MAX, `path '${this.#program.name}' takes time now and then`);
      const at = pc * ROW;
      const a = rows[at + 1]!;
      let then = now;
      pc++;
      switch (rows[at]) {
        case Op.Work:
          then = this.#spend(a, rows[at + 2]!, now);
          break;
        case Op.WorkTimes:
          then = this.#spend(a, this.#call(rows[at + 2]!, cpu) as number, now);
          break;
        case Op.Wait:
          then = now + this.#draw(a, rows[at + 2]!, cpu);
          break;
        case Op.Lock:
          then = this.#locks[a]!.acquire(this.#index(at, cpu), cpu, now);
          break;
        case Op.Unlock:
          this.#unlock(a, this.#index(at, cpu), cpu, now);
          continue;
        case Op.Read:
          then = this.#lines[a]!.read(this.#index(at, cpu), cpu, now);
          break;
        case Op.Write:
          then = this.#lines[a]!.write(this.#index(at, cpu), cpu, now);
          break;
        case Op.ReadEach:
        case Op.WriteEach:
          then = this.#touchEach(at, cpu, now);
          break;
        case Op.SlabAlloc:
        case Op.SlabFree:
          then = this.#slab(at, cpu, now);
          break;
        case Op.Hold:
          if (this.#holdEnds(at, cpu)) continue;
          then = now + this.#draw(a, EXPONENTIAL, cpu);
          pc--;
          break;
        case Op.Change:
          if (this.#refuses(a, cpu)) pc = rows[at + 2]!;
          continue;
        case Op.Unless:
          if (this.#call(a, cpu) !== true) pc = rows[at + 2]!;
          continue;
        case Op.Done:
          this.#done[cpu] = this.#done[cpu]! + 1;
          continue;
        case Op.Jump:
          pc = a;
          continue;
        case Op.Refused:
          pc = a === DYNAMIC ? pc : a;
          then = a === DYNAMIC ? NOT_NOW : now;
          break;
        default:
          then = NOT_NOW;
      }
      if (then !== now) {
        this.#pcs[cpu] = pc;
        return then;
      }
    }
  }

  #call(index: number, cpu: number): unknown {
    return this.#program.functions[index]!(this.#states[cpu]!, cpu);
  }

  /** The member of its group that the row at `at` means. */
  #index(at: number, cpu: number): number {
    const { rows } = this.#program;
    const fixed = rows[at + 2]!;
    return fixed === DYNAMIC ? (this.#call(rows[at + 3]!, cpu) as number) : fixed;
  }

  #spend(figure: number, times: number, now: Ps): Ps {
    this.#work[figure] = this.#work[figure]! + times;
    return now + this.#figurePs[figure]! * times;
  }

  #draw(figure: number, spread: number, cpu: number): Ps {
    const mean = this.#figurePs[figure]!;
    if (spread === EXPONENTIAL) return Math.round(mean * this.#random.nextExponential(cpu));
    if (spread === UNIFORM) return Math.round(mean * (0.5 + this.#random.nextUnit(cpu)));
    return mean;
  }

  #unlock(group: number, lock: number, cpu: number, now: Ps): void {
    const table = this.#locks[group]!;
    assert(table.holderOf(lock) === cpu, `a lock is given back by the CPU that holds it`);
    const next = table.release(lock, cpu, now);
    if (next >= 0) this.#queue.push(next, table.passedAt(now));
  }

  #touchEach(at: number, cpu: number, now: Ps): Ps {
    const { rows } = this.#program;
    const table = this.#lines[rows[at + 1]!]!;
    const writes = rows[at] === Op.WriteEach;
    let then = now;
    for (const line of this.#call(rows[at + 2]!, cpu) as readonly number[]) {
      then = writes ? table.write(line, cpu, then) : table.read(line, cpu, then);
    }
    return then;
  }

  #slab(at: number, cpu: number, now: Ps): Ps {
    const { rows } = this.#program;
    const cache = rows[at + 1]!;
    const objectCount = this.#call(rows[at + 2]!, cpu) as number;
    const node =
      rows[at + 3] === DYNAMIC ? this.#nodes[cpu]! : (this.#call(rows[at + 3]!, cpu) as number);
    if (objectCount === 0) return now;
    if (rows[at] === Op.SlabAlloc) {
      this.#slabs.alloc(cache, node, objectCount);
      return now + this.#slabAllocPs * objectCount;
    }
    this.#slabs.free(cache, node, objectCount);
    return now + this.#slabFreePs * objectCount;
  }

  /**
   * Whether the hold at `at` is over. It is drawn at its fastest rate, that of an empty queue, and
   * each candidate end is taken with the share of that rate which the present queue leaves.
   */
  #holdEnds(at: number, cpu: number): boolean {
    if (this.#holding[cpu] === 0) {
      this.#holding[cpu] = 1;
      return false;
    }
    const { rows } = this.#program;
    const mean = this.#figurePs[rows[at + 1]!]!;
    const slowed = mean + this.#locks[rows[at + 2]!]!.handoverPs(0, cpu);
    if (this.#random.nextUnit(cpu) * slowed >= mean) return false;
    this.#holding[cpu] = 0;
    return true;
  }

  #refuses(change: number, cpu: number): boolean {
    const answer = this.#call(change, cpu);
    if (!isRefusal(answer)) return false;
    this.#refusals.set(answer.errno, (this.#refusals.get(answer.errno) ?? 0) + 1);
    return true;
  }
}

function transferCosts<S>({ cpuCount, distances, profile }: SimulationOptions<S>): TransferCosts {
  const where = 'the cost of a cache line';
  const contention = figureOf(profile, 'transfer.contention', where).value;
  const classPs = distances.classes.map((name) =>
    Math.round(figurePs(profile, `transfer.${name}`, where) * contention),
  );
  return {
    cpuCount,
    classNames: distances.classes,
    classTable: tabulateDistances(distances, cpuCount),
    classPs: Float64Array.from(classPs),
    hitPs: figurePs(profile, 'line.hit', where),
    memoryPs: figurePs(profile, 'line.memory', where),
  };
}

function lockTables<S>(options: SimulationOptions<S>, transfers: TransferCosts): LockTable[] {
  const { profile, program } = options;
  if (program.locks.length === 0) return [];
  const where = 'every lock';
  const costs: LockCosts = {
    atomicPs: figurePs(profile, 'lock.atomic', where),
    handoverTransfers: figureOf(profile, 'lock.handover-transfers', where).value,
    ticketShare: figureOf(profile, 'lock.ticket-share', where).value,
  };
  return program.locks.map((name) => {
    const spec = options.locks?.[name];
    assert(spec !== undefined, `lock group '${name}' of path '${program.name}' is described`);
    return new LockTable(spec, transfers, costs);
  });
}

function lineTables<S>(options: SimulationOptions<S>, transfers: TransferCosts): LineTable[] {
  const tables = new Map<string, LineTable>();
  return options.program.lines.map((name) => {
    const lies = options.sameLines?.[name] ?? name;
    const table = tables.get(lies) ?? new LineTable(transfers);
    tables.set(lies, table);
    return table;
  });
}
