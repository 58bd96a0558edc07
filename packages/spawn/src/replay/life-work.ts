// What the lives of recorded processes take beside the making of them: the copy of a large parent, the start
// of a program, and the end. All of it in figures of a cost profile; nothing here changes anything.
import { DROP_WORK, type MemoryWork } from '@forkless/task';
import { spend, spendAll, type Tally } from './tally.ts';

const PAGES_PER_MIB = 256;
const PAGES_PER_TABLE = 512;

/** A program of libc and nothing else. */
const PLAIN = { libraries: 1, start: undefined };
const DASH = { libraries: 1, start: 'shell.dash' };
/** What shells take to start, by the names they go by. */
const SHELLS: ReadonlyMap<string, { readonly libraries: number; readonly start: string }> = new Map(
  [
    ['sh', DASH],
    ['dash', DASH],
    ['bash', { libraries: 2, start: 'shell.bash' }],
  ],
);

/** The start of a program. MODEL: what it links is not in a recording of processes. */
export function spendStart(tally: Tally, path: string): void {
  const { libraries, start } = SHELLS.get(path.slice(path.lastIndexOf('/') + 1)) ?? PLAIN;
  spend(tally, 'fault.file');
  spend(tally, 'exec.dynamic');
  spend(tally, 'exec.library', libraries);
  if (start !== undefined) spend(tally, start);
}

/** The copy of a parent's `mib` of written memory, and the end of that copy in the child's exec or exit. */
export function spendCopy(tally: Tally, mib: number): void {
  const pages = mib * PAGES_PER_MIB;
  const tables = Math.ceil(pages / PAGES_PER_TABLE);
  spend(tally, 'fork.page', pages);
  spend(tally, 'exit.page', pages);
  spend(tally, 'table.alloc', tables);
  spend(tally, 'table.free', tables);
}

/** What the end of a process came to. */
export interface Ended {
  readonly dropped: MemoryWork;
  /** Descriptors that were open. */
  readonly closedCount: number;
  /** Pid namespaces that knew it. */
  readonly levels: number;
}

/** Two switches, exit and wait, as in `endPath`. */
export function spendEnd(tally: Tally, { dropped, closedCount, levels }: Ended): void {
  spend(tally, 'task.switch', 2);
  spend(tally, 'syscall', 2);
  spend(tally, 'exit.base');
  spend(tally, 'fd.close', closedCount);
  spendAll(tally, DROP_WORK, dropped);
  spend(tally, 'pid.remove', levels);
  spend(tally, 'task.wait');
}
