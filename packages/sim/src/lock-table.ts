// Spinlocks of one group, first come first served. The kinds differ only in what passing the lock on
// costs: a queued lock (MCS, the kernel's qspinlock) pays the same however long the queue; a ticket
// lock pays for every waiter, because all of them spin on one line (Boyd-Wickizer et al., OLS 2012).

import type { LockLedger } from './ledger.ts';
import type { TransferCosts } from './line-table.ts';
import { psToNs, type Ps } from './time.ts';

/** How waiters wait: `queued` each on a line of its own, `ticket` all on one. */
export type LockKind = 'queued' | 'ticket';

/** A group of locks of one kind. */
export interface LockSpec {
  readonly kind: LockKind;
  /** How many locks; 1 when left out. */
  readonly count?: number;
  /**
   * The cost of passing the lock on is spread over the hold (see `HoldStep`) instead of following
   * it, and taking a free lock costs nothing: what closed birth–death chains assume.
   */
  readonly memoryless?: boolean;
}

/** What locks cost beyond the distance between two CPUs. */
export interface LockCosts {
  /** An atomic operation on a line the CPU already has. */
  readonly atomicPs: Ps;
  /** Line transfers between the release of a queued lock and the next holder's first instruction. */
  readonly handoverTransfers: number;
  /** Share of the waiters whose copies are served before the next holder's, on average. */
  readonly ticketShare: number;
}

/** In place of a CPU; a const enum, as a bundled `const` is a variable that is loaded anew. */
const enum Cpu {
  None = -1,
}

/** The locks of one group and their queues. A CPU waits for one lock at a time. */
export class LockTable {
  readonly #memoryless: boolean;
  readonly #transfers: TransferCosts;
  readonly #atomicPs: Ps;
  /** Line transfers that passing a lock on takes, and those it takes besides for each that waits. */
  readonly #transfersAlways: number;
  readonly #transfersPerWaiter: number;
  readonly #holder: Int32Array;
  readonly #lastHolder: Int32Array;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #waiters: Int32Array;
  readonly #heldSince: Float64Array;
  readonly #nextWaiter: Int32Array;
  readonly #clocks: Float64Array;
  #trips = 0;
  #contended = 0;
  #queueMax = 0;
  #waitPs: Ps = 0;
  #holdPs: Ps = 0;

  constructor(spec: LockSpec, transfers: TransferCosts, costs: LockCosts) {
    const lockCount = spec.count ?? 1;
    this.#memoryless = spec.memoryless ?? false;
    this.#transfers = transfers;
    this.#atomicPs = costs.atomicPs;
    this.#transfersAlways = spec.kind === 'queued' ? costs.handoverTransfers : 0;
    this.#transfersPerWaiter = spec.kind === 'queued' ? 0 : costs.ticketShare;
    this.#holder = new Int32Array(lockCount).fill(Cpu.None);
    this.#lastHolder = new Int32Array(lockCount).fill(Cpu.None);
    this.#head = new Int32Array(lockCount).fill(Cpu.None);
    this.#tail = new Int32Array(lockCount).fill(Cpu.None);
    this.#waiters = new Int32Array(lockCount);
    this.#heldSince = new Float64Array(lockCount);
    this.#nextWaiter = new Int32Array(transfers.cpuCount).fill(Cpu.None);
    this.#clocks = transfers.clocks;
  }

  /** How many locks the group has. */
  get lockCount(): number {
    return this.#holder.length;
  }

  /** The CPU that holds the lock, or −1. */
  holderOf(lock: number): number {
    return this.#holder[lock]!;
  }

  /** The CPUs that wait for the lock, the next holder first. O(waiters). */
  queueOf(lock: number): readonly number[] {
    const queue: number[] = [];
    for (let cpu = this.#head[lock]!; cpu !== Cpu.None; cpu = this.#nextWaiter[cpu]!)
      queue.push(cpu);
    return queue;
  }

  /** How many CPUs wait for the lock. */
  waitersOf(lock: number): number {
    return this.#waiters[lock]!;
  }

  /**
   * Takes the lock, moving the CPU's clock on to when it is held, or queues for it and says false:
   * the clock then stands still until the lock is passed on. O(1).
   */
  acquire(lock: number, cpu: number): boolean {
    this.#trips++;
    if (this.#holder[lock] !== Cpu.None) {
      this.#enqueue(lock, cpu);
      return false;
    }
    this.#holder[lock] = cpu;
    const takePs = this.#memoryless ? 0 : this.#takePs(this.#lastHolder[lock]!, cpu);
    this.#heldSince[lock] = this.#clocks[cpu] = this.#clocks[cpu]! + takePs;
    return true;
  }

  /**
   * Gives the lock back. Returns the CPU that gets it, its clock moved on to when it does, or −1.
   * Caller holds the lock. O(1).
   */
  release(lock: number, cpu: number): number {
    const now = this.#clocks[cpu]!;
    this.#holdPs += now - this.#heldSince[lock]!;
    this.#lastHolder[lock] = cpu;
    const next = this.#head[lock]!;
    if (next === Cpu.None) {
      this.#holder[lock] = Cpu.None;
      return Cpu.None;
    }
    const held = now + (this.#memoryless ? 0 : this.handoverPs(lock, cpu));
    this.#dequeue(lock, next);
    this.#holder[lock] = next;
    this.#heldSince[lock] = held;
    this.#waitPs += held - this.#clocks[next]!;
    this.#clocks[next] = held;
    return next;
  }

  /** What passing the lock on from its holder to the longest waiting CPU costs now; 0 with none. */
  handoverPs(lock: number, holder: number): Ps {
    const next = this.#head[lock]!;
    if (next === Cpu.None) return 0;
    const transfers = this.#transfersAlways + this.#transfersPerWaiter * this.#waiters[lock]!;
    return Math.round(this.#transferPs(holder, next) * transfers);
  }

  /** What was counted so far. */
  ledger(): LockLedger {
    return {
      trips: this.#trips,
      contended: this.#contended,
      queueMax: this.#queueMax,
      waitNs: psToNs(this.#waitPs),
      holdNs: psToNs(this.#holdPs),
    };
  }

  /** What taking a free lock costs: its line comes from whoever held it last. */
  #takePs(from: number, cpu: number): Ps {
    const line = from === Cpu.None || from === cpu ? 0 : this.#transferPs(from, cpu);
    return line + this.#atomicPs;
  }

  #transferPs(from: number, to: number): Ps {
    const { classPs, distances } = this.#transfers;
    return classPs[distances.classOf(from, to)]!;
  }

  #enqueue(lock: number, cpu: number): void {
    this.#contended++;
    this.#nextWaiter[cpu] = Cpu.None;
    const tail = this.#tail[lock]!;
    if (tail === Cpu.None) this.#head[lock] = cpu;
    else this.#nextWaiter[tail] = cpu;
    this.#tail[lock] = cpu;
    const waiters = this.#waiters[lock]! + 1;
    this.#waiters[lock] = waiters;
    if (waiters > this.#queueMax) this.#queueMax = waiters;
  }

  #dequeue(lock: number, cpu: number): void {
    const next = this.#nextWaiter[cpu]!;
    this.#head[lock] = next;
    if (next === Cpu.None) this.#tail[lock] = Cpu.None;
    this.#waiters[lock] = this.#waiters[lock]! - 1;
  }
}
