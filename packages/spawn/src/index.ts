export { endPath } from './life.ts';
export type { ProgramRun } from './life.ts';
export { APART, FOREIGN_MECHANISMS, mechanismNamed, MECHANISMS } from './mechanisms.ts';
export { openBuilder, openPristine, ProcessBuilder } from './mechanisms/builder.ts';
export type { BuilderState } from './mechanisms/builder.ts';
export { PIDFD_BUILDER, PRISTINE } from './mechanisms/built.ts';
export {
  SPAWN_TEMPLATE,
  TEMPLATE_VARIANTS,
  templateMechanism,
} from './mechanisms/spawn-template.ts';
export { createTemplate, createTemplateOf, SpawnTemplate } from './mechanisms/template.ts';
export type { Invalidation } from './mechanisms/template.ts';
export { runAfter } from './mechanisms/template-cache.ts';
export type { TemplateCache } from './mechanisms/template-cache.ts';
export {
  SPAWN_TEMPLATE_CLOEXEC,
  SPAWN_TEMPLATE_INHERIT_FDS,
  spawnTemplateCreate,
  spawnTemplateSpawn,
  TEMPLATE_CREATE_SIZE,
} from './mechanisms/template-call.ts';
export type {
  TemplateAction,
  TemplateCreateArgs,
  TemplateSpawnArgs,
} from './mechanisms/template-call.ts';
export { CLONE3_EXEC, FORK_EXEC, VFORK_EXEC } from './mechanisms/classic.ts';
export { FREEBSD } from './mechanisms/freebsd.ts';
export { GLIBC_2_36, GLIBC_2_39 } from './mechanisms/glibc.ts';
export { IO_URING_SPAWN, IO_URING_SPAWN_OPS } from './mechanisms/io-uring-spawn.ts';
export { KERNEL_SPAWN_1, KERNEL_SPAWN_2 } from './mechanisms/kernel-spawn.ts';
export { MUSL } from './mechanisms/musl.ts';
export { NETBSD, NETBSD_EARLY } from './mechanisms/netbsd.ts';
export type { Mechanism } from './mechanisms/mechanism.ts';
export { LEVEL_KINDS, levelOf, NODE_AWARENESS, ObjectLedger } from './place/object-ledger.ts';
export type { NodeAwareness, ObjectRow } from './place/object-ledger.ts';
export { idlestNode, nodeOfPlace } from './place/place.ts';
export type { Place, SpawnOptions } from './place/place.ts';
export { comparePaths, pathLines } from './path/print.ts';
export type { DifferenceLine, PathLine } from './path/print.ts';
export { SYSCALL_FIGURE } from './path/steps.ts';
export { PRISTINE_DEFAULTS } from './pristine/defaults.ts';
export type { PristineDefault } from './pristine/defaults.ts';
export {
  grantFds,
  setAffinity,
  setCred,
  setDirectory,
  setGroup,
  setMempolicy,
  setNamespaces,
  setSession,
  setSignals,
  setUmask,
} from './pristine/grants.ts';
export type { FdGrant } from './pristine/grants.ts';
export { PristineBuilder } from './pristine/pristine-builder.ts';
export type {
  HandleErrno,
  PristineOptions,
  PristineProgram,
  PristineState,
  RemoteAnswer,
} from './pristine/pristine-builder.ts';
export { POSIX_SPAWN, showAction, sets } from './request.ts';
export type { FileAction, SpawnAttributes, SpawnRequest } from './request.ts';
export { SAMPLE_REQUEST } from './sample-request.ts';
export { SPAWN_ERROR, SpawnCall } from './spawn-call.ts';
export { spawn } from './spawn.ts';
export type { Spawned, SpawnRefusal } from './spawn.ts';
export { searchPaths } from './steps/exec-steps.ts';
export { lifeEvents } from './replay/recorded-process.ts';
export type { LifeEvent, RecordedKey, RecordedProcess } from './replay/recorded-process.ts';
export { replayProcesses } from './replay/replay-processes.ts';
export type { Replayed, ReplayOptions } from './replay/replay-processes.ts';
export { replayTime, syscallsOf } from './replay/tally.ts';
export type { Tally } from './replay/tally.ts';
export { costOf, costOfAll, sliceOf, SLICES, slicesOf } from './time/slices.ts';
export type { Slice, SlicedTime, Spent } from './time/slices.ts';
