// The list of all conformance suites. To add one, import it and put it into the table under the name
// that is typed after `forkless conform`, with one clause on what it compares
// and the place of its recordings.
import { conformLedger } from './ledger.ts';
import { conformMempolicy } from './mempolicy.ts';
import type { ConformSuite } from './report.ts';
import { conformSpawn } from './spawn.ts';
import { conformStructures } from './structures.ts';
import { conformTopology } from './topology.ts';
import { conformTraces } from './traces.ts';

/** A suite as the command lists it. */
export interface ListedSuite {
  /** What is compared, one clause. */
  readonly title: string;
  /** Where its recordings lie below the folder that FORKLESS_TRUTH names. */
  readonly folder: string;
  readonly run: ConformSuite;
}

/** Every suite, by name. */
export const suites: Readonly<Record<string, ListedSuite>> = {
  ledger: {
    title: 'what making a process allocates, by parents of varied state, object for object',
    folder: 'spawn/allocations',
    run: conformLedger,
  },
  mempolicy: {
    title: 'memory-policy calls on machines with several nodes, answer by answer and page by page',
    folder: 'mempolicy',
    run: conformMempolicy,
  },
  structures: {
    title: "IDR, XArray and IDA, operation by operation with the kernel's own code",
    folder: 'structures',
    run: conformStructures,
  },
  traces: {
    title: 'counts of recorded workloads, by four recorders',
    folder: 'traces',
    run: conformTraces,
  },
  topology: {
    title: 'trees, texts and kernel orders of recorded machines; texts of bitmaps',
    folder: 'topology',
    run: conformTopology,
  },
  spawn: {
    title: 'making processes: clone3, exec, descriptors, waiting and posix_spawn, step by step',
    folder: 'spawn',
    run: conformSpawn,
  },
};
