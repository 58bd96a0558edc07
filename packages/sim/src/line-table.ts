// Cache lines of one group: who wrote each last, who holds a copy, and until when a transfer keeps it
// busy. MESI seen from far away.
// MODEL: caches have no capacity, so a line leaves a cache only when another CPU writes it; one line
// moves at a time and requests for it are served in the order they come.

import { assert } from '@forkless/errors';
import type { LineLedger } from './ledger.ts';
import { psToNs, type Ps } from './time.ts';

const NOBODY = -1;
const LINE_COUNT_MAX = 1 << 24;

/** What the engine tells every line table about its machine and profile. */
export interface TransferCosts {
  readonly cpuCount: number;
  /** Each CPU's own time; what a CPU does moves its clock on. */
  readonly clocks: Float64Array;
  readonly classNames: readonly string[];
  /** Distance class by from × cpuCount + to. */
  readonly classTable: Uint8Array;
  readonly classPs: Float64Array;
  readonly hitPs: Ps;
  readonly memoryPs: Ps;
}

/** The lines of one group; it grows to the highest index touched. */
export class LineTable {
  readonly #costs: TransferCosts;
  readonly #words: number;
  readonly #transfers: Float64Array;
  #owner = new Int32Array(0);
  #busyUntil = new Float64Array(0);
  /** A bit a CPU that holds a clean copy besides the owner. */
  #copies = new Uint32Array(0);
  #copyCount = new Int32Array(0);
  #hits = 0;
  #fromMemory = 0;
  #queuePs: Ps = 0;

  constructor(costs: TransferCosts) {
    this.#costs = costs;
    this.#words = Math.ceil(costs.cpuCount / 32);
    this.#transfers = new Float64Array(costs.classNames.length);
  }

  /** CPU `cpu` reads line `line`; its clock moves on to when it has it. O(1). */
  read(line: number, cpu: number): void {
    if (line >= this.#owner.length) this.#grow(line);
    const owner = this.#owner[line]!;
    const word = line * this.#words + (cpu >>> 5);
    const bit = 1 << (cpu & 31);
    if (owner === cpu || (this.#copies[word]! & bit) !== 0) {
      this.#hit(cpu);
      return;
    }
    this.#copies[word] = this.#copies[word]! | bit;
    this.#copyCount[line] = this.#copyCount[line]! + 1;
    this.#fetch(line, owner, cpu);
  }

  /** CPU `cpu` writes line `line`; every other copy goes. O(1), O(CPUs / 32) with copies. */
  write(line: number, cpu: number): void {
    if (line >= this.#owner.length) this.#grow(line);
    const owner = this.#owner[line]!;
    const shared = this.#copyCount[line]! > 0;
    if (owner === cpu && !shared) {
      this.#hit(cpu);
      return;
    }
    const source = shared ? this.#farthestCopy(line, owner, cpu) : owner;
    if (shared) this.#dropCopies(line);
    this.#owner[line] = cpu;
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
    const { clocks, hitPs } = this.#costs;
    clocks[cpu] = clocks[cpu]! + hitPs;
  }

  #fetch(line: number, from: number, cpu: number): void {
    const { clocks, cpuCount, classTable, classPs, memoryPs } = this.#costs;
    const now = clocks[cpu]!;
    let cost = memoryPs;
    if (from === NOBODY) {
      this.#fromMemory++;
    } else {
      const distance = classTable[from * cpuCount + cpu]!;
      this.#transfers[distance] = this.#transfers[distance]! + 1;
      cost = classPs[distance]!;
    }
    const start = Math.max(now, this.#busyUntil[line]!);
    this.#queuePs += start - now;
    this.#busyUntil[line] = clocks[cpu] = start + cost;
  }

  /** The CPU whose copy takes longest to take away: a write waits for the last acknowledgement. */
  #farthestCopy(line: number, owner: number, cpu: number): number {
    const { cpuCount, classTable, classPs } = this.#costs;
    let farthest = owner === NOBODY ? cpu : owner;
    let farthestPs = farthest === cpu ? -1 : classPs[classTable[farthest * cpuCount + cpu]!]!;
    for (let word = 0; word < this.#words; word++) {
      let bits = this.#copies[line * this.#words + word]!;
      while (bits !== 0) {
        const holder = word * 32 + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        if (holder === cpu) continue;
        const ps = classPs[classTable[holder * cpuCount + cpu]!]!;
        if (ps > farthestPs) {
          farthest = holder;
          farthestPs = ps;
        }
      }
    }
    return farthest;
  }

  #dropCopies(line: number): void {
    const end = (line + 1) * this.#words;
    for (let word = line * this.#words; word < end; word++) this.#copies[word] = 0;
    this.#copyCount[line] = 0;
  }

  #grow(line: number): void {
    assert(line >= 0 && line < LINE_COUNT_MAX, `a line index is below 2^24, not ${line}`);
    const count = Math.max(16, 2 ** Math.ceil(Math.log2(line + 1)));
    const owner = new Int32Array(count).fill(NOBODY);
    owner.set(this.#owner);
    this.#owner = owner;
    this.#busyUntil = extended(this.#busyUntil, new Float64Array(count));
    this.#copies = extended(this.#copies, new Uint32Array(count * this.#words));
    this.#copyCount = extended(this.#copyCount, new Int32Array(count));
  }
}

function extended<T extends Float64Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
