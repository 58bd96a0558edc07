export { allocPidPath } from './alloc-pid.ts';
export type { NodeSlab } from './alloc-pid.ts';
export { freePidPath } from './free-pid.ts';
export type { IdAllocator, IdEntry, Traffic } from './id-allocator.ts';
export { IdrIds } from './idr-ids.ts';
export { PID_KERNELS } from './kernel-preset.ts';
export type { PidKernel, PidKernelName } from './kernel-preset.ts';
export { PidCall } from './pid-call.ts';
export type { AllocPidErrno, PidRequest } from './pid-call.ts';
export { PID_LINE_GROUPS, pidCache, PIDMAP_LOCK } from './pid-lines.ts';
export {
  closeNamespace,
  findGePid,
  findPid,
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
} from './pid-namespace.ts';
export { PidNamespaces } from './pid-namespaces.ts';
export type { PidNamespacesOptions } from './pid-namespaces.ts';
export { PidSlots } from './pid-slots.ts';
