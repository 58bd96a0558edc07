export { CalendarQueue } from './calendar-queue.ts';
export { checkProfile, figureOf, figurePs, withFigures } from './cost-profile.ts';
export type { CostProfile, Figure, Provenance } from './cost-profile.ts';
export { uniformDistance } from './distance.ts';
export type { Distances } from './distance.ts';
export { execute } from './execute.ts';
export type { Execution } from './execute.ts';
export { explore, EXPLORED_CPU_COUNT_MAX, traceSchedule } from './explore/explore.ts';
export type { CounterExample, Exploration, ExploreOptions, Invariant } from './explore/explore.ts';
export type { RunStep, World } from './explore/explored-run.ts';
export { replay } from './explore/replay.ts';
export type { Replay } from './explore/replay.ts';
export type { Ledger, LineLedger, LockLedger, SlabLedger } from './ledger.ts';
export { LineSet } from './line-set.ts';
export type { LockKind, LockSpec } from './lock-table.ts';
export { attempt, locked, path, when } from './path.ts';
export type { Attempt, Path, PathNode, PathPart, When } from './path.ts';
export { compile, compileForever } from './program.ts';
export type { Program } from './program.ts';
export { deedOf, perform } from './perform.ts';
export type { Deed } from './perform.ts';
export { SERVER_2025 } from './profiles/server-2025.ts';
export { ZEN5_GUEST } from './profiles/zen5-guest.ts';
export { RandomStreams } from './random-streams.ts';
export { CPU_COUNT_MAX, Simulation } from './simulation.ts';
export type { RunBounds, SimulationOptions } from './simulation.ts';
export {
  change,
  done,
  hold,
  lock,
  read,
  readEach,
  slabAlloc,
  slabFree,
  unlock,
  wait,
  work,
  write,
  writeEach,
} from './step.ts';
export type {
  ChangeStep,
  Count,
  DoneStep,
  HoldStep,
  Index,
  LockStep,
  SlabOptions,
  SlabStep,
  Spread,
  Step,
  TouchEachStep,
  TouchStep,
  WaitStep,
  WorkStep,
} from './step.ts';
export { nsToPs, PS_PER_NS, PS_PER_SECOND, psToNs } from './time.ts';
export type { Ps } from './time.ts';
