// One call of alloc_pid or free_pid under way: what its steps work on, and what each of them did to
// memory, for the next step to charge.

import { assert, refuse, type Refusal } from '@forkless/errors';
import { LineSet } from '@forkless/sim';
import type { IdAllocator } from './id-allocator.ts';
import { Pid, RESERVED_PIDS, type PidNamespace } from './pid-namespace.ts';
import type { PidSlots } from './pid-slots.ts';

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

/** The state of a call; one a virtual CPU, used again for the next call. */
export class PidCall {
  readonly #slots: PidSlots;
  request: PidRequest;
  /** The pid being made, or being freed. */
  pid: Pid | undefined;
  /** Lowest level at which an id is taken; level + 1 when none is. */
  #takenFrom = 0;
  readonly reads = new LineSet();
  readonly writes = new LineSet();
  objectsMade = 0;
  objectsFreed = 0;
  /** Slots of the pids whose pidfs tree nodes are written. */
  readonly neighbours = new LineSet();

  constructor(slots: PidSlots, request: PidRequest) {
    this.#slots = slots;
    this.request = request;
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
  }

  /** Makes the struct pid. */
  make(): void {
    this.begin();
    this.pid = new Pid(this.request.namespace, this.#slots.take());
    this.#takenFrom = this.pid.level + 1;
  }

  /** Gives the struct pid back. */
  drop(): void {
    this.#slots.give(this.current.slot);
    this.pid = undefined;
  }

  /** Whether the number wanted at `level` may be asked for; without one there is nothing to check. */
  checkWanted(level: number, needsReaper: boolean): Refusal<AllocPidErrno> | undefined {
    const namespace = this.current.namespaces[level]!;
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

  /** Takes an id at `level`. Caller holds pidmap_lock. */
  take(level: number): Refusal<AllocPidErrno> | undefined {
    const pid = this.current;
    const namespace = pid.namespaces[level]!;
    const wanted = this.#wantedAt(level);
    const { ids } = namespace;
    const min = ids.cursor > RESERVED_PIDS ? RESERVED_PIDS : 1;
    const id =
      wanted === undefined ? ids.allocCyclic(min, namespace.pidMax) : ids.allocExact(wanted);
    this.#note(ids);
    if (typeof id !== 'number') {
      return wanted === undefined
        ? refuse('EAGAIN', `all pids of the namespace at level ${level} are taken`)
        : refuse('EEXIST', `set_tid ${wanted} is taken at level ${level}`);
    }
    pid.numbers[level] = id;
    this.#takenFrom = level;
    return undefined;
  }

  /** EINVAL for any number but 1 in a namespace that has no init yet. Caller holds pidmap_lock. */
  checkReaper(level: number): Refusal<AllocPidErrno> | undefined {
    const pid = this.current;
    if (pid.numbers[level] === 1 || pid.namespaces[level]!.reaper !== undefined) return undefined;
    return refuse('EINVAL', `pid ${pid.numbers[level]!} in a namespace without an init`);
  }

  /** ENOMEM when the namespace's init is gone. Caller holds pidmap_lock. */
  checkOpen(): Refusal<AllocPidErrno> | undefined {
    if (this.request.namespace.open) return undefined;
    return refuse('ENOMEM', "the namespace's init is gone");
  }

  /** Makes the pid visible at `level`. Caller holds pidmap_lock. */
  publish(level: number): void {
    const pid = this.current;
    const namespace = pid.namespaces[level]!;
    namespace.ids.publish(pid.numbers[level]!, pid);
    namespace.pidAllocated++;
    this.#note(namespace.ids);
  }

  /** Takes the ids back that a refused call has taken. Caller holds pidmap_lock. */
  untake(): void {
    const pid = this.current;
    this.#clearNotes();
    for (let level = this.#takenFrom; level <= pid.level; level++) {
      pid.namespaces[level]!.ids.free(pid.numbers[level]!);
      this.#note(pid.namespaces[level]!.ids, true);
    }
    this.#takenFrom = pid.level + 1;
  }

  /** Sets the cursor back when the namespace never had a pid. Caller holds pidmap_lock. */
  rewindUnused(): void {
    const { namespace } = this.request;
    if (namespace.open && namespace.pidAllocated === 0) namespace.ids.cursor = 0;
  }

  /** Takes the pid out at `level`. Caller holds pidmap_lock. */
  remove(level: number, closesOnFirstFailure: boolean): void {
    const pid = this.current;
    const namespace = pid.namespaces[level]!;
    assert(namespace.pidAllocated > 0, 'a namespace loses only pids it has');
    namespace.pidAllocated--;
    if (closesOnFirstFailure && namespace.pidAllocated === 0 && namespace.reaper === undefined) {
      namespace.open = false;
    }
    namespace.ids.free(pid.numbers[level]!);
    this.#note(namespace.ids);
  }

  /** Enters the pid in pidfs: after the newest one, whose tree node is written too. */
  enterPidfs(): void {
    this.#slots.enter(this.current.slot, this.neighbours);
  }

  /** Takes the pid out of pidfs: the tree nodes on either side of it are written. */
  leavePidfs(): void {
    this.#slots.leave(this.current.slot, this.neighbours);
  }

  #wantedAt(level: number): number | undefined {
    return this.request.setTid?.[this.current.level - level];
  }

  #clearNotes(): void {
    this.reads.clear();
    this.writes.clear();
  }

  #note(ids: IdAllocator<Pid>, more = false): void {
    if (more) {
      this.reads.addAll(ids.traffic.reads);
      this.writes.addAll(ids.traffic.writes);
    } else {
      this.reads.copy(ids.traffic.reads);
      this.writes.copy(ids.traffic.writes);
    }
    this.objectsMade += ids.traffic.objectsMade;
    this.objectsFreed += ids.traffic.objectsFreed;
  }
}
