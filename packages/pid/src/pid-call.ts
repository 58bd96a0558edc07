// One call of alloc_pid or free_pid under way: what its steps work on, and what each of them did to
// memory, for the next step to charge.

import { assert, refuse, type Refusal } from '@forkless/errors';
import { LineSet } from '@forkless/sim';
import { NO_DONOR, type IdShards } from './id-allocator.ts';
import type { LineNumbers } from './line-numbers.ts';
import { Pid, RESERVED_PIDS, type PidNamespace } from './pid-namespace.ts';
import type { PidSlots } from './pid-slots.ts';
import type { Rcu } from './rcu.ts';
import { Sheaves, type Barn } from './sheaves.ts';

/** The errnos of alloc_pid. @see kernel/pid.c, alloc_pid() */
export type AllocPidErrno = 'EINVAL' | 'EPERM' | 'EEXIST' | 'EAGAIN' | 'ENOMEM';

/** What alloc_pid is asked. */
export interface PidRequest {
  /** The namespace the pid is made in. */
  readonly namespace: PidNamespace;
  /** Wanted numbers, innermost namespace first (clone3's set_tid). */
  readonly setTid?: readonly number[];
  /** Whether the caller has CAP_CHECKPOINT_RESTORE over a namespace; yes when left out. */
  readonly capable?: (namespace: PidNamespace) => boolean;
}

/** What the calls of one machine share. */
export interface PidMachine {
  readonly slots: PidSlots;
  readonly rcu: Rcu;
  readonly barn: Barn;
  readonly lines: LineNumbers;
}

/** Lets go of a pid; the last one frees the struct. @see kernel/pid.c, put_pid() */
export function putPid(machine: Pick<PidMachine, 'slots'>, pid: Pid): void {
  assert(pid.count > 0, 'a pid that is freed is not put again');
  pid.count--;
  if (pid.count === 0) machine.slots.give(pid.slot);
}

/** How far a call is on one level. */
interface LevelState {
  /** The shard it was to take from has nothing for it. */
  isShort: boolean;
  isPublished: boolean;
  isRemoved: boolean;
  /** What the id lay in is used by nobody any more. */
  isDrained: boolean;
}

/** The state of a call; one a virtual CPU, used again for the next call. */
export class PidCall {
  readonly #machine: PidMachine;
  request: PidRequest;
  /** The pid being made, or being freed. */
  pid: Pid | undefined;
  /** The free objects of this CPU. */
  readonly sheaves: Sheaves;
  /** Lowest level at which an id is taken; level + 1 when none is. */
  #takenFrom = 0;
  #levels: LevelState[] = [];
  #donor = NO_DONOR;
  #failure: Refusal<AllocPidErrno> | undefined;
  /** Which of the locks of the allocator's shards the next step takes or holds. */
  heldLock = 0;
  readonly reads = new LineSet();
  readonly writes = new LineSet();
  /** Objects of the whole call, and of its last step. */
  objectsMade = 0;
  objectsFreed = 0;
  objectsMadeNow = 0;
  /** Objects a search that was put back had needed. */
  objectsWanted = 0;
  /** Slots of the pids whose pidfs tree nodes are written. */
  readonly neighbours = new LineSet();

  /** Whether anybody charges for the lines that a step touches. */
  readonly #notesLines: boolean;

  constructor(machine: PidMachine, request: PidRequest, notesLines = true) {
    this.#machine = machine;
    this.#notesLines = notesLines;
    this.request = request;
    this.sheaves = new Sheaves(machine.barn);
  }

  /** The pid under way. */
  get current(): Pid {
    assert(this.pid !== undefined, 'a call has its pid');
    return this.pid;
  }

  /** EINVAL when more numbers are wanted than there are levels. */
  checkSetTidCount(): Refusal<AllocPidErrno> | undefined {
    const { namespace, setTid } = this.request;
    if (setTid === undefined || setTid.length <= namespace.level + 1) return undefined;
    return refuse('EINVAL', `set_tid has more numbers than the ${namespace.level + 1} levels`);
  }

  /** Begins a call: nothing is made or freed yet. */
  begin(): void {
    this.objectsMade = 0;
    this.objectsFreed = 0;
    this.#failure = undefined;
    const { level } = this.pid ?? this.request.namespace;
    while (this.#levels.length <= level) {
      this.#levels.push({ isShort: false, isPublished: false, isRemoved: false, isDrained: false });
    }
    for (const state of this.#levels) {
      state.isShort = false;
      state.isPublished = false;
      state.isRemoved = false;
      state.isDrained = false;
    }
  }

  /** Makes the struct pid. */
  make(): void {
    this.pid = new Pid(this.request.namespace, this.#machine.slots.take());
    this.#takenFrom = this.pid.level + 1;
    this.begin();
  }

  /** Gives a struct pid back that nobody has seen. */
  drop(): void {
    putPid(this.#machine, this.current);
    this.pid = undefined;
  }

  /** Lets go of a struct pid whose ids are gone, once nobody who may have found it is reading. */
  release(): void {
    const machine = this.#machine;
    const pid = this.current;
    machine.rcu.call(() => putPid(machine, pid));
    this.pid = undefined;
  }

  // — what may be refused —

  /** Whether the number wanted at `level` may be asked for; without one there is nothing to check. */
  checkWanted(level: number, needsReaper: boolean): Refusal<AllocPidErrno> | undefined {
    const namespace = this.#namespaceAt(level);
    const wanted = this.#wantedAt(level);
    if (wanted === undefined) return undefined;
    if (wanted < 1 || wanted >= namespace.pidMax) {
      return refuse('EINVAL', `set_tid ${wanted} is not from 1 to ${namespace.pidMax - 1}`);
    }
    if (needsReaper && wanted !== 1 && namespace.reaper === undefined) {
      return refuse('EINVAL', `set_tid ${wanted} in a namespace without an init`);
    }
    if (this.request.capable?.(namespace) === false) {
      return refuse('EPERM', 'set_tid needs CAP_CHECKPOINT_RESTORE over the namespace');
    }
    return undefined;
  }

  /** EINVAL for any number but 1 in a namespace that has no init yet. Caller holds the lock. */
  checkReaper(level: number): Refusal<AllocPidErrno> | undefined {
    const number = this.current.numbers[level]!;
    if (number === 1 || this.#namespaceAt(level).reaper !== undefined) return undefined;
    return refuse('EINVAL', `pid ${number} in a namespace without an init`);
  }

  /** ENOMEM when the namespace's init is gone. Caller holds the lock. */
  checkOpen(): Refusal<AllocPidErrno> | undefined {
    if (this.request.namespace.open) return undefined;
    return refuse('ENOMEM', "the namespace's init is gone");
  }

  // — the ids of a level, whatever guards them; caller holds the lock —

  /** Takes an id at `level`. */
  take(level: number, cpu = 0): Refusal<AllocPidErrno> | undefined {
    const namespace = this.#namespaceAt(level);
    const wanted = this.#wantedAt(level);
    const { ids } = namespace;
    const id =
      wanted === undefined
        ? ids.allocCyclic(this.#minAt(level, cpu), namespace.pidMax, cpu)
        : ids.allocExact(wanted, cpu);
    this.#note(namespace);
    if (typeof id !== 'number') {
      return wanted === undefined
        ? refuse('EAGAIN', `all pids of the namespace at level ${level} are taken`)
        : refuse('EEXIST', `set_tid ${wanted} is taken at level ${level}`);
    }
    this.current.numbers[level] = id;
    this.#takenFrom = Math.min(this.#takenFrom, level);
    return undefined;
  }

  /** Puts back the id that was just taken at `level`, for a search that begins anew. */
  untakeAt(level: number): void {
    const { ids } = this.#namespaceAt(level);
    const number = this.current.numbers[level]!;
    this.objectsWanted = this.objectsMadeNow;
    this.objectsMade -= this.objectsMadeNow;
    ids.free(number);
    if (this.#wantedAt(level) === undefined) ids.cursor = number;
    this.current.numbers[level] = 0;
    this.#takenFrom = level + 1;
  }

  /** Makes the pid visible at `level`. */
  publish(level: number): void {
    const namespace = this.#namespaceAt(level);
    namespace.ids.publish(this.current.numbers[level]!, this.current);
    namespace.pidAllocated++;
    this.#levels[level]!.isPublished = true;
    this.#note(namespace);
  }

  /** Takes the ids back that a refused call has taken. */
  untake(): void {
    const { numbers } = this.current;
    this.#clearNotes();
    for (let level = this.#takenFrom; level < numbers.length; level++) {
      if (numbers[level] === 0) continue;
      this.#namespaceAt(level).ids.free(numbers[level]!);
      this.#note(this.#namespaceAt(level), true);
    }
    this.#takenFrom = numbers.length;
  }

  /** Sets the cursor back when the namespace never had a pid. */
  rewindUnused(): void {
    const { namespace } = this.request;
    if (namespace.open && namespace.pidAllocated === 0) namespace.ids.cursor = 0;
  }

  /** Takes the pid out at `level`. */
  remove(level: number, closesOnFirstFailure: boolean): void {
    const namespace = this.#namespaceAt(level);
    assert(namespace.pidAllocated > 0, 'a namespace loses only pids it has');
    namespace.pidAllocated--;
    if (closesOnFirstFailure && namespace.pidAllocated === 0 && namespace.reaper === undefined) {
      namespace.open = false;
    }
    const number = this.current.numbers[level]!;
    const { ids } = namespace;
    const state = this.#levels[level]!;
    state.isRemoved = true;
    if (ids.shards === undefined) ids.free(number);
    else state.isDrained = ids.shards.freeOwned(number);
    this.#note(namespace);
  }

  // — the shards of an allocator —

  /** The next lock is that of the shard this CPU takes from. */
  holdHome(cpu: number): void {
    this.heldLock = this.#shardsAt(0).homeOf(cpu);
  }

  /** The next lock is that of the shard this CPU takes from at `level`, or that a wanted id lies in. */
  holdShardOf(level: number, cpu: number): void {
    const shards = this.#shardsAt(level);
    const wanted = this.#wantedAt(level);
    this.heldLock = wanted === undefined ? shards.homeOf(cpu) : shards.ownerOf(wanted, cpu);
  }

  /** The next lock is that of the owner of the id at `level`. */
  holdOwner(level: number, cpu: number): void {
    this.heldLock = this.#shardsAt(level).ownerOf(this.current.numbers[level]!, cpu);
  }

  /** Sees whether the shard that is held can serve `level`. */
  checkShard(level: number, cpu: number): void {
    const shards = this.#shardsAt(level);
    this.#levels[level]!.isShort =
      this.#wantedAt(level) !== undefined ||
      shards.homeOf(cpu) !== this.heldLock ||
      this.#needsRefill(level, cpu);
  }

  isShort(level: number): boolean {
    return this.#levels[level]!.isShort;
  }

  isShortAnywhere(): boolean {
    return this.#levels.some(({ isShort }) => isShort);
  }

  /** Chooses the shard that gives something to take from. */
  chooseDonor(level: number, cpu: number): void {
    const { pidMax } = this.#namespaceAt(level);
    this.#donor =
      this.#wantedAt(level) === undefined
        ? this.#shardsAt(level).donorFor(cpu, this.#minAt(level, cpu), pidMax)
        : NO_DONOR;
  }

  /** Whether another shard than the held one gives. */
  get hasDonor(): boolean {
    return this.#donor >= 0 && this.#donor !== this.heldLock;
  }

  get donorLock(): number {
    return this.#donor;
  }

  /** Gets the home shard something to take from. */
  refill(level: number, cpu: number): void {
    const state = this.#levels[level]!;
    this.#clearNotes();
    if (this.#wantedAt(level) !== undefined) {
      state.isShort = false;
      return;
    }
    if (this.#donor === NO_DONOR) return;
    const namespace = this.#namespaceAt(level);
    this.#shardsAt(level).refill(cpu, this.#minAt(level, cpu), namespace.pidMax);
    this.#note(namespace);
    state.isShort = this.#needsRefill(level, cpu);
  }

  /** Takes an id at `level` after a refill; what is refused is kept until no lock is held. */
  takeRefilled(level: number, cpu: number): void {
    this.#failure ??= this.take(level, cpu);
  }

  /** The refusal that was kept, or EAGAIN when a level got nothing. */
  checkShort(): Refusal<AllocPidErrno> | undefined {
    if (this.#failure !== undefined || !this.isShortAnywhere()) return this.#failure;
    return refuse('EAGAIN', 'all pids are taken');
  }

  /** Whether the lock that is held is that of the owner of the id at `level`. */
  isOwned(level: number): boolean {
    return this.#shardsAt(level).ownerOf(this.current.numbers[level]!, 0) === this.heldLock;
  }

  isPublished(level: number): boolean {
    return this.#levels[level]!.isPublished;
  }

  isRemoved(level: number): boolean {
    return this.#levels[level]!.isRemoved;
  }

  isDrained(level: number): boolean {
    return this.#levels[level]!.isDrained;
  }

  /** Gives back what the id at `level` lay in. */
  giveBack(level: number): void {
    this.#levels[level]!.isDrained = false;
    this.#shardsAt(level).giveBack(this.current.numbers[level]!);
    this.#note(this.#namespaceAt(level));
  }

  // — pidfs —

  /** Enters the pid in pidfs: after the newest one, whose tree node is written too. */
  enterPidfs(): void {
    this.#machine.slots.enter(this.current.slot, this.neighbours);
  }

  /** Takes the pid out of pidfs: the tree nodes on either side of it are written. */
  leavePidfs(): void {
    this.#machine.slots.leave(this.current.slot, this.neighbours);
  }

  #namespaceAt(level: number): PidNamespace {
    return this.current.namespaces[level]!;
  }

  #shardsAt(level: number): IdShards {
    const { shards } = this.#namespaceAt(level).ids;
    assert(shards !== undefined, 'an allocator under its owners’ locks falls into shards');
    return shards;
  }

  #wantedAt(level: number): number | undefined {
    return this.request.setTid?.[this.current.level - level];
  }

  /** Where a search may begin: the reserved pids are for the first pass only. */
  #minAt(level: number, cpu: number): number {
    const { ids } = this.#namespaceAt(level);
    const cursor = ids.shards?.cursorOf(cpu) ?? ids.cursor;
    return cursor > RESERVED_PIDS ? RESERVED_PIDS : 1;
  }

  #needsRefill(level: number, cpu: number): boolean {
    const { pidMax } = this.#namespaceAt(level);
    return this.#shardsAt(level).needsRefill(cpu, this.#minAt(level, cpu), pidMax);
  }

  #clearNotes(): void {
    this.reads.clear();
    this.writes.clear();
    this.objectsMadeNow = 0;
  }

  /** Notes what the last call of a namespace's allocator did to memory. */
  #note(namespace: PidNamespace, more = false): void {
    if (!more) this.#clearNotes();
    const { traffic } = namespace.ids;
    if (this.#notesLines) {
      this.#addLines(namespace, traffic.reads, this.reads);
      this.#addLines(namespace, traffic.writes, this.writes);
    }
    this.objectsMadeNow += traffic.objectsMade;
    this.objectsMade += traffic.objectsMade;
    this.objectsFreed += traffic.objectsFreed;
  }

  #addLines(namespace: PidNamespace, touched: LineSet, noted: LineSet): void {
    for (let at = 0; at < touched.count; at++) {
      noted.add(this.#machine.lines.of(namespace.id, touched.lineAt(at)));
    }
  }
}
