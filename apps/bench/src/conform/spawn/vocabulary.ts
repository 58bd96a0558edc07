// Every call of the recordings and every field a state can be asked for, family by family.

import type { StateFields } from './actor.ts';
import type { CallTable } from './call.ts';
import { ATTRIBUTE_CALLS } from './calls/attribute-calls.ts';
import { CRED_CALLS } from './calls/cred-calls.ts';
import { DESCRIPTOR_CALLS } from './calls/descriptor-calls.ts';
import { EXEC_CALLS, fileState } from './calls/exec-calls.ts';
import { JOB_CALLS } from './calls/job-calls.ts';
import { ORDER_CALLS } from './calls/order-calls.ts';
import { PROCESS_CALLS } from './calls/process-calls.ts';
import { SIGNAL_CALLS } from './calls/signal-calls.ts';
import { SPAWN_CALLS } from './calls/spawn-calls.ts';
import { TERMINAL_CALLS } from './calls/terminal-calls.ts';
import { TREE_CALLS } from './calls/tree-calls.ts';

/** The calls by name; what stands later replaces what stands before. */
export const CALLS: CallTable = {
  ...ORDER_CALLS,
  ...PROCESS_CALLS,
  ...SIGNAL_CALLS,
  ...JOB_CALLS,
  ...ATTRIBUTE_CALLS,
  ...TERMINAL_CALLS,
  ...TREE_CALLS,
  ...DESCRIPTOR_CALLS,
  ...CRED_CALLS,
  ...EXEC_CALLS,
  ...SPAWN_CALLS,
};

/** What each family tells of a process. */
export const STATE_FIELDS: readonly StateFields[] = [fileState];
