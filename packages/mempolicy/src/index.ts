export type {
  GetMempolicyAnswer,
  GetMempolicyRefusal,
  GetMempolicyRequest,
} from './calls/get-mempolicy.ts';
export { getMempolicy } from './calls/get-mempolicy.ts';
export type { MbindErrno, MbindRequest } from './calls/mbind.ts';
export { mbind } from './calls/mbind.ts';
export type { MigrateErrno, MigrateMmRequest, MigrateRequest } from './calls/migrate-pages.ts';
export { migrateMm, migratePages } from './calls/migrate-pages.ts';
export type {
  MovePagesAnswer,
  MovePagesErrno,
  MovePagesRequest,
  PageStatus,
} from './calls/move-pages.ts';
export { movePages, statusOf } from './calls/move-pages.ts';
export { mappingPolicyText, numaMaps } from './calls/numa-maps.ts';
export type { HomeNodeErrno } from './calls/set-mempolicy-home-node.ts';
export { setMempolicyHomeNode } from './calls/set-mempolicy-home-node.ts';
export { setMempolicy } from './calls/set-mempolicy.ts';
export { explainPage } from './explain-page.ts';
export type { PageExplanation } from './explain-page.ts';
export type { HolderOptions, PolicyHolder } from './holder.ts';
export { changeMems, changeProcessMems, copyHolder, createHolder, localNode } from './holder.ts';
export type { AnswerErrno } from './mempolicy2/answer-args.ts';
export { dialects } from './mempolicy2/dialect.ts';
export type { Dialect } from './mempolicy2/dialect.ts';
export { Mempolicy2 } from './mempolicy2/mempolicy2.ts';
export type {
  Bind2Errno,
  Get2Errno,
  Mempolicy2Options,
  Set2Errno,
} from './mempolicy2/mempolicy2.ts';
export {
  decodeArgs,
  encodeArgs,
  MPOL_ARGS_SIZE_VER0,
  MPOL_ARGS_SIZE_VER1,
  MPOL_ARGS_SIZE_VER2,
  putArgs,
} from './mempolicy2/mpol-args.ts';
export type { ArgsPointer, ArgsValues, CopyErrno, MpolArgs } from './mempolicy2/mpol-args.ts';
export {
  getMempolicyThroughNew,
  mbindThroughNew,
  setMempolicyThroughNew,
} from './mempolicy2/old-through-new.ts';
export type { PidfdErrno, PidfdResolver, PidfdTarget } from './mempolicy2/pidfd.ts';
export { bitmapBytes, bitmapNodes, UserMemory } from './mempolicy2/user-memory.ts';
export type { NumaOptions } from './numa.ts';
export { Numa } from './numa.ts';
export type { BulkShares } from './placement/interleave.ts';
export {
  interleaveNode,
  peekNode,
  walkBulk,
  walkNode,
  weightedNode,
} from './placement/interleave.ts';
export { interleaveIndex, policyAt, PolicyPlacer } from './placement/policy-placer.ts';
export { NO_INTERLEAVE_INDEX, takePage } from './placement/take-page.ts';
export { WeightTable } from './placement/weight-table.ts';
export { Mempolicy } from './policy/mempolicy.ts';
export type { MempolicyParts } from './policy/mempolicy.ts';
export { nodesText, policyText } from './policy/policy-text.ts';
export { rebindMm, rebindPolicy } from './policy/rebind.ts';
export { setSharedPolicy, SharedPolicy, sharedPolicyOf } from './policy/shared-policy.ts';
export { initSharedPolicy, parseTmpfsPolicy } from './policy/tmpfs-policy.ts';
export type { TmpfsPolicy } from './policy/tmpfs-policy.ts';
export type { Mode, NodemaskArgument } from './uapi.ts';
export {
  BAD_POINTER,
  MPOL,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_MAX,
  MPOL_MF_HOME_NODE,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_STRICT,
  MPOL_MODE_FLAGS,
  NUMA_NO_NODE,
} from './uapi.ts';
