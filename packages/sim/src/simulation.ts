// The engine: programs run by integer program counter on virtual CPUs, one pending event a CPU. A
// step acts on the shared state when its CPU's turn comes, in order of time, ties by CPU number; the
// time it takes moves the CPU's clock on, which says when the CPU comes up next.

import { assert, ConfigError, InvariantError, isRefusal } from '@forkless/errors';
import { CalendarQueue } from './calendar-queue.ts';
import { figureOf, figurePs, type CostProfile } from './cost-profile.ts';
import { DistanceTable, type Distances } from './distance.ts';
import type { Ledger } from './ledger.ts';
import type { LineSet } from './line-set.ts';
import { LineTable, type TransferCosts } from './line-table.ts';
import { LockTable, type LockCosts, type LockSpec } from './lock-table.ts';
import { Op, Row, SpreadCode, type Program } from './program.ts';
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

/** A machine with its CPUs under way. Equal options give equal runs, however they are cut in parts. */
export class Simulation<S> {
  readonly #program: Program<S>;
  readonly #states: readonly S[];
  /** Each CPU's own time: that of its pending event, or of the step it is at. */
  readonly #clocks: Float64Array;
  readonly #queue: CalendarQueue;
  readonly #random: RandomStreams;
  readonly #pcs: Int32Array;
  readonly #figurePs: Float64Array;
  readonly #locks: readonly LockTable[];
  readonly #lines: readonly LineTable[];
  readonly #slabs: SlabTable;
  readonly #nodes: Int32Array;
  /** The share of the waiting for several lines at once that does not overlap. */
  readonly #notOverlapped: number;
  readonly #slabAllocPs: Ps;
  readonly #slabFreePs: Ps;
  readonly #work: Float64Array;
  /** 1 while a CPU is in a `hold` step. */
  readonly #holding: Uint8Array;
  readonly #done: Float64Array;
  readonly #refusals = new Map<string, number>();
  #events = 0;
  #now: Ps = 0;
  #untilPs: Ps = Infinity;
  #lastEvent = EVENT_COUNT_MAX;

  constructor(options: SimulationOptions<S>) {
    const { cpuCount, program, profile } = options;
    if (!Number.isInteger(cpuCount) || cpuCount < 1 || cpuCount > CPU_COUNT_MAX) {
      throw new ConfigError(
        `cpuCount: expected a whole number from 1 to ${CPU_COUNT_MAX}, got ${cpuCount}`,
      );
    }
    this.#program = program;
    this.#states = Array.from({ length: cpuCount }, (_, cpu) => options.state(cpu));
    this.#clocks = new Float64Array(cpuCount);
    this.#queue = new CalendarQueue(this.#clocks);
    this.#random = new RandomStreams(options.seed, cpuCount);
    this.#pcs = new Int32Array(cpuCount);
    this.#figurePs = Float64Array.from(program.figures, (name) =>
      figurePs(profile, name, `path '${program.name}'`),
    );
    const transfers = transferCosts(options, this.#clocks);
    this.#locks = lockTables(options, transfers);
    this.#lines = lineTables(options, transfers);
    this.#notOverlapped =
      1 - figureOf(profile, 'line.overlap', 'the cost of several cache lines').value;
    this.#nodes = Int32Array.from({ length: cpuCount }, (_, cpu) => options.nodeOf?.(cpu) ?? 0);
    this.#slabs = new SlabTable(program.caches, Math.max(...this.#nodes) + 1);
    const usesSlab = program.caches.length > 0;
    this.#slabAllocPs = usesSlab ? figurePs(profile, 'slab.alloc', 'every slab allocation') : 0;
    this.#slabFreePs = usesSlab ? figurePs(profile, 'slab.free', 'every slab free') : 0;
    this.#work = new Float64Array(program.figures.length);
    this.#done = new Float64Array(cpuCount);
    this.#holding = new Uint8Array(cpuCount);
    for (let cpu = 0; cpu < cpuCount; cpu++) this.#queue.push(cpu);
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

  /** A CPU's own time: when its next event is, or when it began to wait for a lock. */
  clockOf(cpu: number): Ps {
    return this.#clocks[cpu]!;
  }

  /** How many locks a group has; 0 for a group the program does not use. */
  lockCountOf(group: string): number {
    return this.#lockGroup(group)?.lockCount ?? 0;
  }

  /** Who holds a lock of a group, −1 for nobody, and who waits for it, the next holder first. */
  lockState(
    group: string,
    lock = 0,
  ): { readonly holder: number; readonly waiters: readonly number[] } {
    const table = this.#lockGroup(group);
    if (table === undefined) return { holder: -1, waiters: [] };
    return { holder: table.holderOf(lock), waiters: table.queueOf(lock) };
  }

  #lockGroup(group: string): LockTable | undefined {
    return this.#locks[this.#program.locks.indexOf(group)];
  }

  /** Runs on until a bound is reached or no CPU has anything left to do; returns the events run. */
  run({ untilPs = Infinity, eventCountMax = EVENT_COUNT_MAX }: RunBounds): number {
    const queue = this.#queue;
    const first = this.#events;
    this.#untilPs = untilPs;
    this.#lastEvent = first + eventCountMax;
    while (this.#events < this.#lastEvent) {
      const cpu = queue.pop();
      if (cpu < 0) break;
      if (this.#clocks[cpu]! > untilPs) {
        queue.push(cpu);
        break;
      }
      if (this.#runCpu(cpu)) queue.push(cpu);
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

  /**
   * Runs one CPU from its event on, as long as it would come up next anyway. Says whether it has an
   * event to come; without one it waits for a lock or has ended.
   */
  #runCpu(cpu: number): boolean {
    const { functions, rows } = this.#program;
    const state = this.#states[cpu]!;
    const clocks = this.#clocks;
    const untilPs = this.#untilPs;
    let pc = this.#pcs[cpu]!;
    for (let timeless = 0; ; timeless++) {
      if (timeless === TIMELESS_STEPS_MAX) this.#complainOfCircle();
      const at = pc * Row.Words;
      const a = rows[at + 1]!;
      const b = rows[at + 2]!;
      const now = clocks[cpu]!;
      let stays = true;
      pc++;
      switch (rows[at]) {
        case Op.Work:
          this.#spend(a, b, cpu);
          break;
        case Op.WorkTimes:
          this.#spend(a, functions[b]!(state, cpu) as number, cpu);
          break;
        case Op.Wait:
          this.#draw(a, b, cpu);
          break;
        case Op.Lock:
          stays = this.#locks[a]!.acquire(b === Row.Dynamic ? this.#index(at, cpu) : b, cpu);
          break;
        case Op.Unlock:
          this.#unlock(a, b === Row.Dynamic ? this.#index(at, cpu) : b, cpu);
          continue;
        case Op.Read:
          this.#lines[a]!.read(b === Row.Dynamic ? this.#index(at, cpu) : b, cpu);
          break;
        case Op.Write:
          this.#lines[a]!.write(b === Row.Dynamic ? this.#index(at, cpu) : b, cpu);
          break;
        case Op.ReadEach:
        case Op.WriteEach:
          this.#touchEach(at, cpu);
          break;
        case Op.SlabAlloc:
        case Op.SlabFree:
          this.#slab(at, cpu);
          break;
        case Op.Hold:
          if (this.#holdEnds(at, cpu)) continue;
          this.#draw(a, SpreadCode.Exponential, cpu);
          pc--;
          break;
        case Op.Change:
          if (this.#refuses(a, cpu)) pc = b;
          continue;
        case Op.Unless:
          if (functions[a]!(state, cpu) !== true) pc = b;
          continue;
        case Op.Done:
          this.#done[cpu] = this.#done[cpu]! + 1;
          continue;
        case Op.Jump:
          pc = a;
          continue;
        case Op.Refused:
          pc = a === Row.Dynamic ? pc : a;
          stays = a !== Row.Dynamic;
          break;
        default:
          stays = false;
      }
      const then = clocks[cpu]!;
      if (stays && then === now) continue;
      this.#events++;
      this.#now = now;
      timeless = 0;
      if (stays && then <= untilPs && this.#events < this.#lastEvent) {
        // What nobody else can see needs no turn: it may run ahead of the others' events.
        const next = rows[pc * Row.Words];
        if (next === Op.Work || next === Op.Wait || this.#queue.leads(cpu)) continue;
      }
      this.#pcs[cpu] = pc;
      return stays;
    }
  }

  #complainOfCircle(): never {
    throw new InvariantError(`path '${this.#program.name}' never takes any time`);
  }

  #call(index: number, cpu: number): unknown {
    return this.#program.functions[index]!(this.#states[cpu]!, cpu);
  }

  /** The member of its group that the row at `at` asks the state for. */
  #index(at: number, cpu: number): number {
    return this.#call(this.#program.rows[at + 3]!, cpu) as number;
  }

  #spend(figure: number, times: number, cpu: number): void {
    this.#work[figure] = this.#work[figure]! + times;
    this.#clocks[cpu] = this.#clocks[cpu]! + this.#figurePs[figure]! * times;
  }

  #draw(figure: number, spread: number, cpu: number): void {
    const mean = this.#figurePs[figure]!;
    let means = 1;
    if (spread === SpreadCode.Exponential) means = this.#random.nextExponential(cpu);
    else if (spread === SpreadCode.Uniform) means = 0.5 + this.#random.nextUnit(cpu);
    this.#clocks[cpu] = this.#clocks[cpu]! + Math.round(mean * means);
  }

  #unlock(group: number, lock: number, cpu: number): void {
    const table = this.#locks[group]!;
    assert(table.holderOf(lock) === cpu, 'a lock is given back by the CPU that holds it');
    const next = table.release(lock, cpu);
    if (next < 0) return;
    this.#runAhead(next);
    this.#queue.push(next);
  }

  /**
   * Runs the work that a CPU begins with that was just passed a lock: nobody else can see it, so it is
   * spared a turn. One event of the run is left to the CPU that passed the lock.
   */
  #runAhead(cpu: number): void {
    const { rows } = this.#program;
    const clocks = this.#clocks;
    for (let at = this.#pcs[cpu]! * Row.Words; rows[at] === Op.Work; at += Row.Words) {
      const now = clocks[cpu]!;
      if (now > this.#untilPs || this.#events >= this.#lastEvent - 1) break;
      this.#spend(rows[at + 1]!, rows[at + 2]!, cpu);
      if (clocks[cpu]! > now) this.#events++;
      this.#pcs[cpu] = this.#pcs[cpu]! + 1;
    }
  }

  /** The lines' requests go out together; how much of the waiting overlaps is a figure. */
  #touchEach(at: number, cpu: number): void {
    const { rows } = this.#program;
    const clocks = this.#clocks;
    const table = this.#lines[rows[at + 1]!]!;
    const writes = rows[at] === Op.WriteEach;
    const lines = this.#call(rows[at + 2]!, cpu) as LineSet;
    const now = clocks[cpu]!;
    let longest = 0;
    let total = 0;
    for (let index = 0; index < lines.count; index++) {
      const line = lines.lineAt(index);
      clocks[cpu] = now;
      if (writes) table.write(line, cpu);
      else table.read(line, cpu);
      const took = clocks[cpu]! - now;
      if (took > longest) longest = took;
      total += took;
    }
    clocks[cpu] = now + longest + Math.round((total - longest) * this.#notOverlapped);
  }

  #slab(at: number, cpu: number): void {
    const { rows } = this.#program;
    const cache = rows[at + 1]!;
    const objectCount = this.#call(rows[at + 2]!, cpu) as number;
    if (objectCount === 0) return;
    const node =
      rows[at + 3] === Row.Dynamic ? this.#nodes[cpu]! : (this.#call(rows[at + 3]!, cpu) as number);
    const isAlloc = rows[at] === Op.SlabAlloc;
    if (isAlloc) this.#slabs.alloc(cache, node, objectCount);
    else this.#slabs.free(cache, node, objectCount);
    const objectPs = isAlloc ? this.#slabAllocPs : this.#slabFreePs;
    this.#clocks[cpu] = this.#clocks[cpu]! + objectPs * objectCount;
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

function transferCosts<S>(
  { cpuCount, distances, profile }: SimulationOptions<S>,
  clocks: Float64Array,
): TransferCosts {
  const where = 'the cost of a cache line';
  const contention = figureOf(profile, 'transfer.contention', where).value;
  const classPs = distances.classes.map((name) =>
    Math.round(figurePs(profile, `transfer.${name}`, where) * contention),
  );
  return {
    cpuCount,
    clocks,
    classNames: distances.classes,
    distances: new DistanceTable(distances, cpuCount),
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
