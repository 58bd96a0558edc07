// alloc_pid as a list of steps, for each kernel, each locking and each depth of namespaces.
// MODEL: memory never runs out here, so the ENOMEM of the allocations themselves does not occur.

import {
  attempt,
  change,
  lock,
  locked,
  path,
  unlock,
  when,
  work,
  write,
  type Index,
  type Path,
  type PathPart,
} from '@forkless/sim';
import type { PidKernel } from './kernel-preset.ts';
import type { PidLocking } from './locking.ts';
import type { PidCall } from './pid-call.ts';
import {
  countLine,
  headLine,
  nodeSteps,
  PIDMAP_LOCK,
  pidCache,
  pidfsSteps,
  STOCK_LOCK,
  type IdFigures,
} from './pid-lines.ts';
import { dropObjects, makeObjects, type SlabCache } from './sheaves.ts';

type Part = PathPart<PidCall>;

/** What the paths of a machine are built by. */
export interface PidPathOptions {
  readonly kernel: PidKernel;
  readonly locking: PidLocking;
  /** The cache the allocator's objects come from. */
  readonly slab: SlabCache;
  /** What the allocator's own work costs. */
  readonly figures: IdFigures;
}

/** Searches again after the CPU it was to take from had used up what it had. */
const REFILL_TRIES = 2;

/**
 * The steps of alloc_pid for a namespace at `level`. Lock trips: level + 2 with `each-level`, 1 with
 * `one-trip`, 2 (level + 1) with `per-namespace`, 1 with `owner-cpu` unless ranges have run out.
 * @see kernel/pid.c, alloc_pid(), v6.18 and v7.0
 */
export function allocPidPath(options: PidPathOptions, level: number): Path<PidCall> {
  const { kernel, locking, slab } = options;
  const body = new Body(options, level);
  return path(
    `alloc_pid, ${kernel.name}, ${locking.lock}, level ${level}`,
    change('check the number of wanted pids', (call) => call.checkSetTidCount()),
    ...makeObjects(locking.slab, pidCache(level)),
    change('make the struct pid', (call) => call.make()),
    attempt('the struct pid', body.parts(), [
      change('drop the struct pid', (call) => call.drop()),
      ...dropObjects(locking.slab, pidCache(level)),
    ]),
    ...(kernel.pidfs === 'after-unlock'
      ? [work<PidCall>('enter pidfs', 'pidfs.add-unlocked')]
      : []),
    // What a call used of the nodes set aside before it is made good now, without any lock.
    ...(locking.memory === 'preload'
      ? makeObjects(locking.slab, slab, (call) => call.objectsMade)
      : []),
  );
}

/** `parts` under a lock, with interrupts off where the kernel has them so. */
export function underLock(
  kernel: PidKernel,
  parts: readonly Part[],
  index: Index<PidCall> = 0,
): Part[] {
  const trip = locked(PIDMAP_LOCK, parts, index);
  return kernel.irqsOff ? [work('turn interrupts off and on', 'irq.off'), trip] : [trip];
}

/** The part of alloc_pid between the struct pid and pidfs, one way for each locking. */
class Body {
  readonly #options: PidPathOptions;
  readonly #level: number;
  readonly #levels: readonly number[];

  constructor(options: PidPathOptions, level: number) {
    this.#options = options;
    this.#level = level;
    this.#levels = Array.from({ length: level + 1 }, (_, at) => level - at);
  }

  parts(): Part[] {
    switch (this.#options.locking.lock) {
      case 'each-level':
        return this.#levelByLevel(() => 0);
      case 'per-namespace':
        return this.#levelByLevel((at) => (call) => call.current.namespaces[at]!.id);
      case 'one-trip':
        return this.#inOneTrip((parts) => this.#under(parts));
      case 'none':
        return this.#inOneTrip((parts) => [attempt('without a lock', parts, [])]);
      case 'owner-cpu':
        return this.#underOwnerLock();
    }
  }

  /** A trip for each level, deepest first, and one to publish; both through each namespace's own lock. */
  #levelByLevel(lockAt: (level: number) => Index<PidCall>): Part[] {
    const hasOne = this.#options.locking.lock === 'each-level';
    const take = this.#levels.flatMap((at): Part[] => [
      change(`check set_tid, level ${at}`, (call) => call.checkWanted(at, true)),
      ...this.#under(this.#takeAt(at, lockAt(at)), lockAt(at)),
    ]);
    const check = change<PidCall>('check that the namespace is open', (call) => call.checkOpen());
    const publish: Part[] = hasOne
      ? this.#under([
          check,
          ...this.#pidfs('under-lock'),
          ...this.#levels.flatMap((at) => this.#publishAt(at)),
        ])
      : this.#levels.flatMap((at) =>
          this.#under(
            [
              ...(at === this.#level ? [check, ...this.#pidfs('under-lock')] : []),
              ...this.#publishAt(at),
            ],
            lockAt(at),
          ),
        );
    const undo = this.#under(
      [
        ...this.#takeBack(),
        change('rewind the cursor of an unused namespace', (call) => call.rewindUnused()),
      ],
      lockAt(this.#level),
    );
    return [attempt('ids', [...take, write('ns.count', countLine), ...publish], undo)];
  }

  /** One trip for everything; what can be refused without the lock is refused before it. */
  #inOneTrip(guard: (parts: Part[]) => Part[]): Part[] {
    const take = this.#levels.flatMap((at): Part[] => [
      ...this.#takeAt(at, 0),
      change(`check for an init, level ${at}`, (call) => call.checkReaper(at)),
    ]);
    const open = change<PidCall>('check that the namespace is open', (call) => call.checkOpen());
    return [
      ...this.#checksBefore(),
      write('ns.count', countLine),
      ...guard([
        change('rewind the cursor of an unused namespace', (call) => call.rewindUnused()),
        attempt('ids', [...take, open], this.#takeBack()),
        ...this.#pidfs('under-lock'),
        ...this.#levels.flatMap((at) => this.#publishAt(at)),
      ]),
    ];
  }

  /**
   * The lock of the CPU's own shard, once for all levels. A level whose shard has nothing left waits;
   * for it the shared lock is taken, then the locks of its shard and of the one that gives.
   */
  #underOwnerLock(): Part[] {
    const home: Index<PidCall> = (call) => call.heldLock;
    const take = this.#levels.flatMap((at): Part[] => [
      change(`look at the range, level ${at}`, (call, cpu) => call.checkShard(at, cpu)),
      when(`a free id, level ${at}`, (call) => !call.isShort(at), ...this.#takeAt(at, home)),
    ]);
    const finish: Part[] = [
      ...this.#levels.map((at): Part =>
        change(`check for an init, level ${at}`, (call) => call.checkReaper(at)),
      ),
      change('check that the namespace is open', (call) => call.checkOpen()),
      ...this.#pidfs('under-lock'),
    ];
    const publishHeld = this.#levels.map((at) =>
      when(`held, level ${at}`, (call: PidCall) => call.isOwned(at), ...this.#publishAt(at)),
    );
    const publishElse = this.#levels.map((at) =>
      when(
        `elsewhere, level ${at}`,
        (call: PidCall) => !call.isPublished(at),
        change(`choose the owner, level ${at}`, (call, cpu) => call.holdOwner(at, cpu)),
        ...this.#under(this.#publishAt(at), home),
      ),
    );
    const choose = change<PidCall>('choose the own lock', (call, cpu) => call.holdHome(cpu));
    const isShort = (call: PidCall) => call.isShortAnywhere();
    const undo = this.#under(this.#takeBack(), home);
    return [
      ...this.#checksBefore(),
      write('ns.count', countLine),
      change('rewind the cursor of an unused namespace', (call) => call.rewindUnused()),
      choose,
      attempt(
        'ids',
        [
          ...this.#under(
            [
              ...take,
              when('nothing is short', (call) => !isShort(call), ...finish, ...publishHeld),
            ],
            home,
          ),
          when('a level is short', isShort, ...this.#refills(), ...finish),
          ...publishElse,
        ],
        undo,
      ),
    ];
  }

  #refills(): Part[] {
    const once = this.#levels.map((at): Part =>
      when(
        `short, level ${at}`,
        (call) => call.isShort(at),
        locked(STOCK_LOCK, [
          change(`choose the home, level ${at}`, (call, cpu) => call.holdShardOf(at, cpu)),
          ...this.#under(
            [
              change(`choose a donor, level ${at}`, (call, cpu) => call.chooseDonor(at, cpu)),
              when(
                'of another',
                (call) => call.hasDonor,
                lock(PIDMAP_LOCK, (call) => call.donorLock),
              ),
              change(`refill, level ${at}`, (call, cpu) => call.refill(at, cpu)),
              ...nodeSteps(this.#options.figures.publish),
              when(`a free id, level ${at}`, (call) => !call.isShort(at), ...this.#takeShort(at)),
              when(
                'of another',
                (call) => call.hasDonor,
                unlock(PIDMAP_LOCK, (call) => call.donorLock),
              ),
            ],
            (call) => call.heldLock,
          ),
        ]),
      ),
    );
    return [
      ...Array.from({ length: REFILL_TRIES }, () => once).flat(),
      change('check that every level has its id', (call) => call.checkShort()),
    ];
  }

  /** Takes without anything that could refuse while a donor's lock is held; refusals come after. */
  #takeShort(level: number): Part[] {
    return [
      change(`take an id, level ${level}`, (call, cpu) => call.takeRefilled(level, cpu)),
      ...nodeSteps(this.#options.figures.take),
    ];
  }

  #checksBefore(): Part[] {
    return this.#levels.map((at) =>
      change(`check set_tid, level ${at}`, (call) => call.checkWanted(at, false)),
    );
  }

  #under(parts: readonly Part[], index: Index<PidCall> = 0): Part[] {
    return underLock(this.#options.kernel, parts, index);
  }

  #pidfs(where: PidKernel['pidfs']): Part[] {
    return this.#options.kernel.pidfs === where
      ? pidfsSteps('add', this.#options.locking.lock)
      : [];
  }

  #takeBack(): Part[] {
    return [
      change('take the ids back', (call) => call.untake()),
      ...nodeSteps(this.#options.figures.remove),
    ];
  }

  /** Caller holds the lock of the level, which is `index` of its group. */
  #takeAt(level: number, index: Index<PidCall>): Part[] {
    const { locking, slab, figures } = this.#options;
    const take: Part[] = [
      change(`take an id, level ${level}`, (call, cpu) => call.take(level, cpu)),
      ...this.#headWrite(level),
      ...nodeSteps(figures.take),
    ];
    const needs = (call: PidCall) => call.objectsMadeNow > 0;
    const make = makeObjects(locking.slab, slab, (call) => call.objectsMadeNow);
    if (locking.memory === 'preload') return take;
    if (locking.memory === 'atomic') return [...take, when('nodes', needs, ...make)];
    return [
      ...take,
      when(
        'nodes without the lock',
        needs,
        change(`put the id back, level ${level}`, (call) => call.untakeAt(level)),
        unlock(PIDMAP_LOCK, index),
        ...makeObjects(locking.slab, slab, (call) => call.objectsWanted),
        lock(PIDMAP_LOCK, index),
        ...take,
      ),
    ];
  }

  #publishAt(level: number): Part[] {
    return [
      change(`publish, level ${level}`, (call) => call.publish(level)),
      ...this.#headWrite(level),
      ...nodeSteps(this.#options.figures.publish),
    ];
  }

  /** The cursor and the count lie on the namespace's first line, or are each CPU's own. */
  #headWrite(level: number): Part[] {
    const { lock: kind } = this.#options.locking;
    if (kind === 'owner-cpu' || kind === 'none') {
      return [write('pid_allocated', (_call, cpu) => cpu)];
    }
    return [write('pid_namespace', headLine(level))];
  }
}
