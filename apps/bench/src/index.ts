export type {
  ConformMismatch,
  ConformReport,
  ConformSkip,
  ConformSuite,
} from './conform/report.ts';
export { suites } from './conform/suites.ts';
export type { ListedSuite } from './conform/suites.ts';
export { answerClaims } from './experiments/answer-claims.ts';
export type { ClaimAnswer } from './experiments/answer-claims.ts';
export type {
  Axis,
  Cell,
  ClaimResult,
  Column,
  Experiment,
  ExperimentResult,
  Figure,
  Kind,
  Parameter,
  ParameterValue,
  Plot,
  Published,
  PublishedBand,
  PublishedClaim,
  RunContext,
  Scaling,
  ScalingRate,
  ScalingRow,
  Series,
} from './experiments/experiment.ts';
export { experiments } from './experiments/registry.ts';
export { resolveParams } from './experiments/resolve-params.ts';
export type { Setting } from './experiments/resolve-params.ts';
