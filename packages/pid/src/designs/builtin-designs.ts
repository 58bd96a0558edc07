// The designs that come with the package, each a row; and the list in which a stranger's stands beside
// them.

import { ConfigError } from '@forkless/errors';
import { IdrIds } from '../idr-ids.ts';
import { MultiXArrayIds } from '../multi-xarray.ts';
import { XArrayIds } from '../xarray-ids.ts';
import { BitmapHash, PIDHASH_CHAINS } from './bitmap-hash.ts';
import { BitmapShards } from './bitmap-shards.ts';
import type { DesignOptions, LockingName, PidDesign } from './design.ts';
import { FreeBsdIds } from './freebsd-ids.ts';
import { RangeLockFree } from './range-lockfree.ts';
import { RangeRadix } from './range-radix.ts';

/** The lockings of a design that one lock has to guard. */
const ONE_LOCK: readonly LockingName[] = ['one-trip', 'each-level', 'per-namespace'];

/** The lockings of a design whose ids each belong to some CPU. */
const OWNER_LOCKS: readonly LockingName[] = ['owner-cpu', ...ONE_LOCK];

const IDR: PidDesign = {
  name: 'idr',
  title: "the kernel's own: a radix tree with a mark for what is free",
  lockings: ONE_LOCK,
  isCyclic: true,
  isShareable: true,
  create: <T>(options: DesignOptions) => new IdrIds<T>(options),
};

const XARRAY: PidDesign = {
  name: 'xarray',
  title: 'what is to replace the IDR: a radix tree with its own lock and three marks',
  lockings: ONE_LOCK,
  isCyclic: true,
  isShareable: true,
  create: <T>(options: DesignOptions) => new XArrayIds<T>(options),
};

const MULTI_XARRAY: PidDesign = {
  name: 'multi-xarray',
  title: 'an XArray for each part of the space, all under one lock',
  lockings: ONE_LOCK,
  isCyclic: true,
  isShareable: false,
  create: <T>(options: DesignOptions) => new MultiXArrayIds<T>(options),
};

const BITMAP_HASH: PidDesign = {
  name: 'bitmap-hash',
  title: 'a bitmap with summary words, and a hash sized to the load',
  lockings: ONE_LOCK,
  isCyclic: true,
  isShareable: true,
  create: <T>(options: DesignOptions) => new BitmapHash<T>(options),
};

const BITMAP_HASH_FIXED: PidDesign = {
  ...BITMAP_HASH,
  name: 'bitmap-hash-fixed',
  title: `a bitmap and a hash of ${PIDHASH_CHAINS} chains, as the kernel had until 4.15`,
  create: <T>(options: DesignOptions) =>
    new BitmapHash<T>({ ...options, chainCount: PIDHASH_CHAINS }),
};

const RANGE_RADIX: PidDesign = {
  name: 'range-radix',
  title: 'ranges of 250 ids carved out per CPU and found through a radix tree',
  lockings: OWNER_LOCKS,
  isCyclic: false,
  isShareable: true,
  create: <T>(options: DesignOptions) => new RangeRadix<T>(options),
};

const RANGE_LOCKFREE: PidDesign = {
  name: 'range-lockfree',
  title: 'the same ranges with atomic operations in place of locks',
  lockings: ['none', ...ONE_LOCK],
  isCyclic: false,
  isShareable: true,
  create: <T>(options: DesignOptions) => new RangeLockFree<T>(options),
};

const BITMAP_SHARDS: PidDesign = {
  name: 'bitmap-shards',
  title: 'a bitmap for each 8 CPUs, each with its base',
  lockings: OWNER_LOCKS,
  isCyclic: true,
  isShareable: true,
  create: <T>(options: DesignOptions) => new BitmapShards<T>(options),
};

const FREEBSD: PidDesign = {
  name: 'freebsd',
  title: "FreeBSD's: a bitmap of ids in use, and three of ids that something still goes by",
  lockings: ONE_LOCK,
  isCyclic: true,
  isShareable: true,
  create: <T>(options: DesignOptions) => new FreeBsdIds<T>(options),
};

/** Every design of the package, in the order in which results show them. */
export const PID_DESIGNS: readonly PidDesign[] = [
  IDR,
  XARRAY,
  MULTI_XARRAY,
  BITMAP_HASH,
  BITMAP_HASH_FIXED,
  RANGE_RADIX,
  RANGE_LOCKFREE,
  BITMAP_SHARDS,
  FREEBSD,
];

/** The designs to pick from, by name. */
export class DesignRegistry {
  readonly #designs = new Map<string, PidDesign>();

  /** The package's own designs and any others. */
  constructor(...others: readonly PidDesign[]) {
    for (const design of [...PID_DESIGNS, ...others]) this.register(design);
  }

  /** Adds a design; a `ConfigError` when there is one of that name. */
  register(design: PidDesign): this {
    if (this.#designs.has(design.name)) {
      throw new ConfigError(`A design named "${design.name}" is registered already.`);
    }
    this.#designs.set(design.name, design);
    return this;
  }

  /** The names, in the order they were registered. */
  get names(): readonly string[] {
    return [...this.#designs.keys()];
  }

  /** The designs in that order. */
  get all(): readonly PidDesign[] {
    return [...this.#designs.values()];
  }

  /** The design of that name; a `ConfigError` when there is none. */
  get(name: string): PidDesign {
    const design = this.#designs.get(name);
    if (design !== undefined) return design;
    throw new ConfigError(
      `There is no allocator "${name}"; expected one of ${this.names.join(', ')}.`,
    );
  }
}
