// A set of bitmaps, each with a base and each for a small group of CPUs, after the thread of 2025-11-23
// (Mateusz Guzik). The space is dealt out to the groups in chunks, so that whose an id is follows from
// its number; a group whose ids are all taken borrows from the next that has some.
// MODEL: the sketch has one hash. Here the part of it that holds a group's ids lies under the group's
// lock, so that publishing takes no second one.

import type { Refusal } from '@forkless/errors';
import {
  NO_DONOR,
  type IdAllocator,
  type IdEntry,
  type IdShards,
  type Traffic,
} from '../id-allocator.ts';
import { BitmapHash, noneFree } from './bitmap-hash.ts';
import type { DesignOptions } from './design.ts';
import { linesFor, NO_TRAFFIC, trafficNoted, type LineTraffic } from './line-traffic.ts';
import { LINE_WORDS } from './line-words.ts';
import { isFixed, layState, stateWordCount } from './state.ts';

/** CPUs that share a bitmap, as the thread has it ("say 8 or 10"). */
export const GROUP_CPUS_DEFAULT = 8;

/** Ids dealt to one group in a row. */
export const CHUNK_IDS = 1024;

/** Options of `BitmapShards`. */
export interface BitmapShardsOptions extends DesignOptions {
  /** CPUs that share a bitmap; 8 when left out. */
  readonly groupCpus?: number;
}

/** The head says whether an id was ever handed out: the very first one is the lowest of all. */
const STARTED = 0;

/** Words of a CPU: the id it handed out last plus one, and the group it borrows from plus one. */
const LAST = 0;
const BORROWS = 1;

/** Ids from bitmaps of groups of CPUs. Costs as in `BitmapHash`; `next` asks every group. */
export class BitmapShards<T> implements IdAllocator<T>, IdShards {
  readonly slab = { cache: 'none', bytes: 8 };
  readonly kind = 'bitmap';
  readonly words: Int32Array;
  readonly shardCount: number;
  readonly #groupCpus: number;
  readonly #head: Int32Array;
  readonly #cpus: Int32Array;
  readonly #groups: readonly BitmapHash<T>[];
  readonly #isFixed: boolean;
  readonly #traffic: LineTraffic | undefined;
  readonly #groupLine: number;
  readonly #groupLines: number;

  constructor(options: BitmapShardsOptions) {
    const { cpuCount = 1, place = 'private', groupCpus = GROUP_CPUS_DEFAULT } = options;
    const fixed = (this.#isFixed = isFixed(place));
    const { words, sections } = layState(place, sectionsOf(options));
    const [head, cpus, ...groups] = sections;
    this.words = words;
    this.#head = head!;
    this.#cpus = cpus!;
    this.#groupCpus = groupCpus;
    this.shardCount = groups.length;
    const inner = ofGroup(options);
    this.#groups = groups.map(
      (group) => new BitmapHash<T>(fixed ? { ...inner, place: group } : inner),
    );
    this.#traffic = trafficNoted(options.notesTraffic);
    this.#groupLine = 1 + cpuCount;
    // Whatever a group's hash grows to lies within so many lines.
    this.#groupLines = linesFor(2 * BitmapHash.wordCount(inner));
  }

  /** The words its state takes in a place that cannot grow. */
  static wordCount(options: BitmapShardsOptions): number {
    return stateWordCount(sectionsOf({ ...options, place: 'shared' }));
  }

  get shards(): IdShards {
    return this;
  }

  get traffic(): Traffic {
    return this.#traffic ?? NO_TRAFFIC;
  }

  get stateBytes(): number {
    const groups = this.#groups.reduce((sum, group) => sum + group.stateBytes, 0);
    return this.words.byteLength + (this.#isFixed ? 0 : groups);
  }

  // — the interface of every design —

  /** The highest of what the CPUs handed out last, plus one. */
  get cursor(): number {
    let cursor = 0;
    for (let at = LAST; at < this.#cpus.length; at += LINE_WORDS) {
      cursor = Math.max(cursor, this.#cpus[at]!);
    }
    return cursor;
  }

  set cursor(cursor: number) {
    for (let at = LAST; at < this.#cpus.length; at += LINE_WORDS) this.#cpus[at] = cursor;
    this.#groups.forEach((group, at) => (group.cursor = this.#firstLocal(at, cursor)));
    if (cursor === 0) this.#head[STARTED] = 0;
  }

  allocCyclic(min: number, end: number, cpu = 0): number | Refusal<'ENOSPC'> {
    this.#traffic?.begin();
    const own = cpu * LINE_WORDS;
    if (this.needsRefill(cpu, min, end)) {
      if (this.donorFor(cpu, min, end) === NO_DONOR) return noneFree(min, end);
      this.refill(cpu, min, end);
    }
    const borrows = this.#cpus[own + BORROWS]! - 1;
    const group = borrows < 0 ? this.homeOf(cpu) : borrows;
    this.#cpus[own + BORROWS] = 0;
    const local = this.#groups[group]!.allocCyclic(
      this.#firstLocal(group, min),
      this.#firstLocal(group, end),
    );
    this.#note(group);
    if (typeof local !== 'number') return noneFree(min, end);
    const id = this.#idOf(group, local);
    this.#cpus[own + LAST] = id + 1;
    if (this.#head[STARTED] === 0) this.#head[STARTED] = 1;
    this.#traffic?.write(1, own);
    return id;
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    this.#traffic?.begin();
    const group = this.#groupOf(id);
    const local = this.#groups[group]!.allocExact(this.#localOf(id));
    this.#note(group);
    return typeof local === 'number' ? id : noneFree(id, id + 1);
  }

  publish(id: number, value: T): void {
    this.#traffic?.begin();
    const group = this.#groupOf(id);
    this.#groups[group]!.publish(this.#localOf(id), value);
    this.#note(group);
  }

  free(id: number): void {
    this.freeOwned(id);
  }

  find(id: number): T | undefined {
    this.#traffic?.begin();
    const group = this.#groupOf(id);
    const found = this.#groups[group]!.find(this.#localOf(id));
    this.#note(group);
    return found;
  }

  next(from: number): IdEntry<T> | undefined {
    this.#traffic?.begin();
    let best: IdEntry<T> | undefined;
    for (let group = 0; group < this.shardCount; group++) {
      const found = this.#groups[group]!.next(this.#firstLocal(group, from));
      this.#note(group);
      if (found === undefined) continue;
      const id = this.#idOf(group, found.id);
      if (best === undefined || id < best.id) best = { id, value: found.value };
    }
    return best;
  }

  // — what a lock a group needs —

  homeOf(cpu: number): number {
    return this.#head[STARTED] === 0 ? 0 : Math.floor(cpu / this.#groupCpus);
  }

  ownerOf(id: number): number {
    return this.#groupOf(id);
  }

  cursorOf(cpu: number): number {
    return this.#cpus[cpu * LINE_WORDS + LAST]!;
  }

  needsRefill(cpu: number, min: number, end: number): boolean {
    if (this.#cpus[cpu * LINE_WORDS + BORROWS] !== 0) return false;
    return !this.#hasFree(this.homeOf(cpu), min, end);
  }

  donorFor(cpu: number, min: number, end: number): number {
    const home = this.homeOf(cpu);
    for (let step = 0; step < this.shardCount; step++) {
      const group = (home + step) % this.shardCount;
      if (this.#hasFree(group, min, end)) return group;
    }
    return NO_DONOR;
  }

  refill(cpu: number, min: number, end: number): void {
    const donor = this.donorFor(cpu, min, end);
    this.#cpus[cpu * LINE_WORDS + BORROWS] = donor === NO_DONOR ? 0 : donor + 1;
  }

  freeOwned(id: number): boolean {
    this.#traffic?.begin();
    const group = this.#groupOf(id);
    this.#groups[group]!.free(this.#localOf(id));
    this.#note(group);
    return false;
  }

  giveBack(): void {
    // A group keeps its ids.
  }

  // — whose an id is —

  #groupOf(id: number): number {
    return Math.floor(id / CHUNK_IDS) % this.shardCount;
  }

  #localOf(id: number): number {
    const chunk = Math.floor(id / CHUNK_IDS);
    return Math.floor(chunk / this.shardCount) * CHUNK_IDS + (id % CHUNK_IDS);
  }

  #idOf(group: number, local: number): number {
    const chunk = Math.floor(local / CHUNK_IDS) * this.shardCount + group;
    return chunk * CHUNK_IDS + (local % CHUNK_IDS);
  }

  /** The lowest id of a group at or above `id`, as the group counts them. */
  #firstLocal(group: number, id: number): number {
    const chunk = Math.floor(id / CHUNK_IDS);
    const turn = Math.floor(chunk / this.shardCount);
    const at = chunk % this.shardCount;
    if (at === group) return turn * CHUNK_IDS + (id % CHUNK_IDS);
    return (at < group ? turn : turn + 1) * CHUNK_IDS;
  }

  #hasFree(group: number, min: number, end: number): boolean {
    const low = this.#firstLocal(group, min);
    return this.#groups[group]!.firstFree(low, this.#firstLocal(group, end)) >= 0;
  }

  /** Adds what a group's last call did to memory. */
  #note(group: number): void {
    if (this.#traffic === undefined) return;
    const from = (this.#groupLine + group * this.#groupLines) * this.#traffic.perLine;
    const { reads, writes } = this.#groups[group]!.traffic;
    for (let at = 0; at < reads.count; at++) this.#traffic.reads.add(from + reads.lineAt(at));
    for (let at = 0; at < writes.count; at++) this.#traffic.writes.add(from + writes.lineAt(at));
  }
}

function groupCountOf({ cpuCount = 1, groupCpus = GROUP_CPUS_DEFAULT }: BitmapShardsOptions) {
  return Math.ceil(cpuCount / groupCpus);
}

/** The options of one group's bitmap, which holds every so many-th chunk. */
function ofGroup(options: BitmapShardsOptions): DesignOptions {
  const chunks = Math.ceil(options.end / CHUNK_IDS);
  const end = Math.ceil(chunks / groupCountOf(options)) * CHUNK_IDS;
  // Ids live at once may all be one group's.
  return { ...options, end, liveMax: Math.min(end, options.liveMax ?? end) };
}

function sectionsOf(options: BitmapShardsOptions): number[] {
  const { cpuCount = 1, place = 'private' } = options;
  const group = isFixed(place) ? BitmapHash.wordCount(ofGroup(options)) : 0;
  const groups = Array.from({ length: groupCountOf(options) }, () => group);
  return [LINE_WORDS, cpuCount * LINE_WORDS, ...groups];
}
