// Cache lines of one group: who wrote each last, who holds a copy, and until when a transfer keeps it
// busy. MESI seen from far away.
// MODEL: caches have no capacity, so a line leaves a cache only when another CPU writes it; one line
// moves at a time and requests for it are served in the order they come.

import { assert } from '@forkless/errors';
import type { DistanceTable } from './distance.ts';
import type { LineLedger } from './ledger.ts';
import { psToNs, type Ps } from './time.ts';

/** In place of a CPU; a const enum, as a bundled `const` is a variable that is loaded anew. */
const enum Cpu {
  None = -1,
}

const LINE_COUNT_MAX = 1 << 24;

/** What the engine tells every line table about its machine and profile. */
export interface TransferCosts {
  readonly cpuCount: number;
  /** Each CPU's own time; what a CPU does moves its clock on. */
  readonly clocks: Float64Array;
  readonly classNames: readonly string[];
  readonly distances: DistanceTable;
  readonly classPs: Float64Array;
  readonly hitPs: Ps;
  readonly memoryPs: Ps;
}

/** The words of a line's record. */
const enum Word {
  /** The owner plus one, 0 for none. */
  Owner = 0,
  /** The number of copies. */
  CopyCount = 1,
  /** The first of a bit for each CPU that has a copy. */
  Copies = 2,
}

/** The lines of one group; it grows to the highest index touched. */
export class LineTable {
  readonly #costs: TransferCosts;
  readonly #clocks: Float64Array;
  readonly #hitPs: Ps;
  /** Words of a record: owner, number of clean copies besides the owner's, a bit a CPU with one. */
  readonly #stride: number;
  readonly #transfers: Float64Array;
  #records = new Int32Array(0);
  #busyUntil = new Float64Array(0);
  #hits = 0;
  #fromMemory = 0;
  #queuePs: Ps = 0;

  constructor(costs: TransferCosts) {
    this.#costs = costs;
    this.#clocks = costs.clocks;
    this.#hitPs = costs.hitPs;
    this.#stride = Word.Copies + Math.ceil(costs.cpuCount / 32);
    this.#transfers = new Float64Array(costs.classNames.length);
  }

  /** CPU `cpu` reads line `line`; its clock moves on to when it has it. O(1). */
  read(line: number, cpu: number): void {
    if (line >= this.#busyUntil.length) this.#grow(line);
    const records = this.#records;
    const at = line * this.#stride;
    const owner = records[at + Word.Owner]! - 1;
    const word = at + Word.Copies + (cpu >>> 5);
    const bit = 1 << (cpu & 31);
    if (owner === cpu || (records[word]! & bit) !== 0) {
      this.#hit(cpu);
      return;
    }
    records[word] = records[word]! | bit;
    records[at + Word.CopyCount] = records[at + Word.CopyCount]! + 1;
    this.#fetch(line, owner, cpu);
  }

  /** CPU `cpu` writes line `line`; every other copy goes. O(1), O(CPUs / 32) with copies. */
  write(line: number, cpu: number): void {
    if (line >= this.#busyUntil.length) this.#grow(line);
    const records = this.#records;
    const at = line * this.#stride;
    const owner = records[at + Word.Owner]! - 1;
    let source = owner;
    if (records[at + Word.CopyCount] !== 0) {
      source = this.#takeCopies(at, owner, cpu);
    }
    records[at + Word.Owner] = cpu + 1;
    if (source === cpu) this.#hit(cpu);
    else this.#fetch(line, source, cpu);
  }

  /** What was counted so far. */
  ledger(): LineLedger {
    const transfers: Record<string, number> = {};
    this.#costs.classNames.forEach((name, index) => {
      transfers[name] = this.#transfers[index]!;
    });
    return {
      hits: this.#hits,
      fromMemory: this.#fromMemory,
      transfers,
      queueNs: psToNs(this.#queuePs),
    };
  }

  #hit(cpu: number): void {
    this.#hits++;
    this.#clocks[cpu] = this.#clocks[cpu]! + this.#hitPs;
  }

  #fetch(line: number, from: number, cpu: number): void {
    const { distances, classPs, memoryPs } = this.#costs;
    const clocks = this.#clocks;
    const busyUntil = this.#busyUntil;
    const now = clocks[cpu]!;
    let cost = memoryPs;
    if (from === Cpu.None) {
      this.#fromMemory++;
    } else {
      const distance = distances.classOf(from, cpu);
      this.#transfers[distance] = this.#transfers[distance]! + 1;
      cost = classPs[distance]!;
    }
    let start = busyUntil[line]!;
    if (start > now) this.#queuePs += start - now;
    else start = now;
    busyUntil[line] = clocks[cpu] = start + cost;
  }

  /**
   * Takes every copy away and returns the CPU whose takes longest: a write waits for the last
   * acknowledgement.
   */
  #takeCopies(at: number, owner: number, cpu: number): number {
    const { distances, classPs } = this.#costs;
    const records = this.#records;
    let farthest = owner === Cpu.None ? cpu : owner;
    let farthestPs = farthest === cpu ? -1 : classPs[distances.classOf(farthest, cpu)]!;
    for (let word = Word.Copies; word < this.#stride; word++) {
      let bits = records[at + word]!;
      records[at + word] = 0;
      while (bits !== 0) {
        const holder = (word - Word.Copies) * 32 + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        if (holder === cpu) continue;
        const ps = classPs[distances.classOf(holder, cpu)]!;
        if (ps > farthestPs) {
          farthest = holder;
          farthestPs = ps;
        }
      }
    }
    records[at + Word.CopyCount] = 0;
    return farthest;
  }

  #grow(line: number): void {
    assert(line >= 0 && line < LINE_COUNT_MAX, 'a line index is below 2^24');
    const count = Math.max(16, 2 ** Math.ceil(Math.log2(line + 1)));
    this.#busyUntil = extended(this.#busyUntil, new Float64Array(count));
    this.#records = extended(this.#records, new Int32Array(count * this.#stride));
  }
}

function extended<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
