export type {
  ConformMismatch,
  ConformReport,
  ConformSkip,
  ConformSuite,
} from './conform/report.ts';
