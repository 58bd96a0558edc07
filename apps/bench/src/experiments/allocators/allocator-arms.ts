// The allocators that are raced on virtual CPUs, each under the locking and with the memory it is meant
// to have.

import {
  DesignRegistry,
  PID_KERNELS,
  PidNamespaces,
  type Pid,
  type PidKernelName,
  type PidLocking,
} from '@forkless/pid';

/** One allocator of a race. */
export interface AllocatorArm {
  /** The key of its column. */
  readonly key: string;
  readonly label: string;
  readonly design: string;
  readonly kernel: PidKernelName;
  readonly locking: Partial<PidLocking>;
}

/** All of them, from what is to what might be. */
export const ALLOCATOR_ARMS: readonly AllocatorArm[] = [
  { key: 'idr618', label: 'idr, 6.18', design: 'idr', kernel: '6.18', locking: {} },
  { key: 'idr70', label: 'idr, 7.0', design: 'idr', kernel: '7.0', locking: {} },
  {
    key: 'idrPerNamespace',
    label: 'idr, lock a namespace',
    design: 'idr',
    kernel: '7.0',
    locking: { lock: 'per-namespace' },
  },
  {
    key: 'xarray',
    label: 'xarray, drop and retry',
    design: 'xarray',
    kernel: '7.0',
    locking: { memory: 'drop-and-retry' },
  },
  {
    key: 'multiXArray',
    label: 'multi-xarray, drop and retry',
    design: 'multi-xarray',
    kernel: '7.0',
    locking: { memory: 'drop-and-retry' },
  },
  {
    key: 'bitmapHash',
    label: 'bitmap-hash, one lock',
    design: 'bitmap-hash',
    kernel: '7.0',
    locking: {},
  },
  { key: 'freebsd', label: 'freebsd, one lock', design: 'freebsd', kernel: '7.0', locking: {} },
  {
    key: 'bitmapShards',
    label: 'bitmap-shards, lock a group',
    design: 'bitmap-shards',
    kernel: '7.0',
    locking: { lock: 'owner-cpu' },
  },
  {
    key: 'rangeRadix',
    label: 'range-radix, lock a CPU',
    design: 'range-radix',
    kernel: '7.0',
    locking: { lock: 'owner-cpu', slab: 'sheaves' },
  },
];

/** The pids of a machine with so many CPUs, under one arm. */
export function pidsOf(arm: AllocatorArm, cpuCount: number): PidNamespaces {
  const design = new DesignRegistry().get(arm.design);
  return new PidNamespaces({
    allocator: (end) => design.create<Pid>({ end, cpuCount, notesTraffic: true }),
    kernel: PID_KERNELS[arm.kernel],
    locking: arm.locking,
    possibleCpuCount: cpuCount,
  });
}
