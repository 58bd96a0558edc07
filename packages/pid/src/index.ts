export { allocPidPath } from './alloc-pid.ts';
export type { PidPathOptions } from './alloc-pid.ts';
export { checkDesign } from './design-check/check-design.ts';
export type { DesignCheckOptions, DesignFault } from './design-check/check-design.ts';
export { BitmapHash, PIDHASH_CHAINS } from './designs/bitmap-hash.ts';
export type { BitmapHashOptions } from './designs/bitmap-hash.ts';
export { BitmapShards, CHUNK_IDS, GROUP_CPUS_DEFAULT } from './designs/bitmap-shards.ts';
export type { BitmapShardsOptions } from './designs/bitmap-shards.ts';
export { DesignRegistry, PID_DESIGNS } from './designs/builtin-designs.ts';
export type { DesignOptions, LockingName, PidDesign } from './designs/design.ts';
export { FreeBsdIds } from './designs/freebsd-ids.ts';
export type { FreeBsdOptions, HeldAs } from './designs/freebsd-ids.ts';
export { LineTraffic } from './designs/line-traffic.ts';
export type { TrafficNoted } from './designs/line-traffic.ts';
export { RangeLockFree } from './designs/range-lockfree.ts';
export { RANGE_SIZE_DEFAULT, RangeRadix } from './designs/range-radix.ts';
export type { RangeRadixOptions } from './designs/range-radix.ts';
export type { StatePlace } from './designs/state.ts';
export { brokenExploration, BROKEN_WAYS } from './explored/broken-ways.ts';
export type { BrokenWay } from './explored/broken-ways.ts';
export { PID_INVARIANTS, pidExploration, PidWorld } from './explored/pid-world.ts';
export type { PidWorldOptions } from './explored/pid-world.ts';
export { IdHistory, watchIds } from './explored/watched-ids.ts';
export { freePidPath } from './free-pid.ts';
export { COMMON_STOCK, NO_DONOR } from './id-allocator.ts';
export type { IdAllocator, IdEntry, IdKind, IdShards, Traffic } from './id-allocator.ts';
export { IdrIds } from './idr-ids.ts';
export { MultiXArrayIds } from './multi-xarray.ts';
export type { MultiXArrayOptions } from './multi-xarray.ts';
export { PID_KERNELS } from './kernel-preset.ts';
export type { PidKernel, PidKernelName } from './kernel-preset.ts';
export { lockingOf, pidLocks } from './locking.ts';
export type { MemoryName, PidLocking, SlabName } from './locking.ts';
export { PidCall } from './pid-call.ts';
export type { AllocPidErrno, PidMachine, PidRequest } from './pid-call.ts';
export {
  BARN_LOCK,
  PID_LINE_GROUPS,
  pidCache,
  PIDFS_LOCK,
  PIDMAP_LOCK,
  STOCK_LOCK,
} from './pid-lines.ts';
export {
  closeNamespace,
  findGePid,
  findPid,
  getPid,
  lastPid,
  MAX_PID_NS_LEVEL,
  Pid,
  PID_MAX_LIMIT,
  pidMaxBounds,
  PidNamespace,
  pidNumberIn,
  refuseChildNamespace,
  RESERVED_PIDS,
  setLastPid,
  setPidMax,
} from './pid-namespace.ts';
export { PidNamespaces } from './pid-namespaces.ts';
export type { PidNamespacesOptions } from './pid-namespaces.ts';
export { PidSlots } from './pid-slots.ts';
export { Rcu } from './rcu.ts';
export type { RcuSection } from './rcu.ts';
export { FULL_SHEAVES_MAX, SHEAF_OBJECTS } from './sheaves.ts';
export type { SlabCache } from './sheaves.ts';
export { threadChurnPath } from './thread-churn.ts';
export { XArrayIds } from './xarray-ids.ts';
