export type {
  ConformMismatch,
  ConformReport,
  ConformSkip,
  ConformSuite,
} from './conform/report.ts';
export { suites } from './conform/suites.ts';
export type { ListedSuite } from './conform/suites.ts';
