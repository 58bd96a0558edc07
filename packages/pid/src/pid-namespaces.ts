// The PID side of one machine: its namespaces, the allocator under each, and the kernel whose steps
// are taken. Usable without any simulation: a call runs its path at once.

import type { Refusal } from '@forkless/errors';
import { compile, deedOf, perform, type Deed, type LockSpec, type Path } from '@forkless/sim';
import { allocPidPath, type PidPathOptions } from './alloc-pid.ts';
import { freePidPath } from './free-pid.ts';
import type { IdAllocator } from './id-allocator.ts';
import type { PidKernel } from './kernel-preset.ts';
import { LineNumbers } from './line-numbers.ts';
import { checkLocking, lockingOf, pidLocks, type PidLocking } from './locking.ts';
import {
  PidCall,
  putPid,
  type AllocPidErrno,
  type PidMachine,
  type PidRequest,
} from './pid-call.ts';
import {
  PID_MAX_LIMIT,
  pidMaxBounds,
  PidNamespace,
  refuseChildNamespace,
  type Pid,
} from './pid-namespace.ts';
import { idFigures } from './pid-lines.ts';
import { PidSlots } from './pid-slots.ts';
import { Rcu } from './rcu.ts';
import { Barn } from './sheaves.ts';

/** What a machine's pids are made of. */
export interface PidNamespacesOptions {
  /** Makes the allocator of one namespace, for ids below `end`: whatever pid_max may be set to. */
  readonly allocator: (end: number) => IdAllocator<Pid>;
  readonly kernel: PidKernel;
  /** How the allocators are guarded and get their memory; what is left out is the kernel's own way. */
  readonly locking?: Partial<PidLocking>;
  /** CPUs the machine could have; sets the default and the bounds of pid_max. */
  readonly possibleCpuCount?: number;
  /** pid_max of the initial namespace, instead of the default. */
  readonly pidMax?: number;
  /** An even number from which on its allocators' lines are numbered, for whoever compares machines; 0. */
  readonly lineFirst?: number;
}

/** All PID namespaces of one machine. */
export class PidNamespaces {
  readonly kernel: PidKernel;
  readonly initial: PidNamespace;
  readonly #allocator: (end: number) => IdAllocator<Pid>;
  readonly locking: PidLocking;
  /** Whoever looks up pids without holding them reads in a section of this. */
  readonly rcu = new Rcu();
  readonly #machine: PidMachine;
  readonly #pathOptions: PidPathOptions;
  readonly #allocDeeds: Deed<PidCall>[] = [];
  readonly #freeDeeds: Deed<PidCall>[] = [];
  readonly #call: PidCall;
  #namespaceCount = 0;

  constructor(options: PidNamespacesOptions) {
    const { allocator, kernel, locking, possibleCpuCount = 1, pidMax } = options;
    this.kernel = kernel;
    this.#machine = {
      slots: new PidSlots(),
      rcu: this.rcu,
      barn: new Barn(),
      lines: new LineNumbers(options.lineFirst),
    };
    this.#allocator = allocator;
    this.initial = this.#create(undefined, pidMax ?? pidMaxBounds(possibleCpuCount).initial);
    const { ids } = this.initial;
    this.locking = { ...lockingOf(kernel), ...locking };
    checkLocking(this.locking, ids);
    this.#pathOptions = {
      kernel,
      locking: this.locking,
      slab: ids.slab,
      figures: idFigures(ids.kind ?? 'radix'),
    };
    this.#call = new PidCall(this.#machine, { namespace: this.initial }, false);
  }

  /** Makes a namespace below `parent`, with the same pid_max; ENOSPC below level 32. */
  createNamespace(parent: PidNamespace): PidNamespace | Refusal<'ENOSPC'> {
    return refuseChildNamespace(parent) ?? this.#create(parent, parent.pidMax);
  }

  /**
   * Makes a pid. Number 1 becomes its namespace's init, as copy_process does it right after. A refusal
   * leaves everything as it was but for cursors, as in the kernel. O(levels · log64 ids).
   */
  alloc(request: PidRequest): Pid | Refusal<AllocPidErrno> {
    const { level } = request.namespace;
    this.#call.request = request;
    const deed = (this.#allocDeeds[level] ??= deedOf(compile(this.allocPath(level))));
    const refusal = perform(deed, this.#call);
    if (refusal !== undefined) return refusal as Refusal<AllocPidErrno>;
    const pid = this.#call.current;
    for (let at = 0; at <= level; at++) {
      if (pid.numbers[at] === 1) pid.namespaces[at]!.reaper ??= pid;
    }
    return pid;
  }

  /**
   * Gives a pid back: its ids at once, the struct after a grace period and the last who holds it.
   * O(levels · log64 ids). @see kernel/pid.c, free_pid()
   */
  free(pid: Pid): void {
    this.#call.pid = pid;
    const deed = (this.#freeDeeds[pid.level] ??= deedOf(compile(this.freePath(pid.level))));
    perform(deed, this.#call);
  }

  /** Lets go of a pid that was held; the last one frees the struct. @see kernel/pid.c, put_pid() */
  put(pid: Pid): void {
    putPid(this.#machine, pid);
  }

  /** The steps of making a pid in a namespace at `level`, to be timed on virtual CPUs. */
  allocPath(level: number): Path<PidCall> {
    return allocPidPath(this.#pathOptions, level);
  }

  /** The steps of giving it back. */
  freePath(level: number): Path<PidCall> {
    return freePidPath(this.#pathOptions, level);
  }

  /** The locks of these paths, to be told to a simulation. */
  get locks(): Readonly<Record<string, LockSpec>> {
    return pidLocks(this.locking, this.initial.ids, this.#namespaceCount);
  }

  /** The state a virtual CPU runs these paths on. */
  call(request: PidRequest): PidCall {
    return new PidCall(this.#machine, request);
  }

  #create(parent: PidNamespace | undefined, pidMax: number): PidNamespace {
    return new PidNamespace(this.#namespaceCount++, parent, this.#allocator(PID_MAX_LIMIT), pidMax);
  }
}
