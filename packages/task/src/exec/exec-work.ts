// What an exec that went well comes to in the figures of a cost profile. The counts are those of the call:
// names walked, files opened, tables of headers read, the new memory, the old one, descriptors closed.

import { DROP_WORK, LOAD_WORK, type CountedWork, type MemoryWork } from '../mm/memory-work.ts';
import type { ExecCall } from './exec-call.ts';

const on = (
  works: readonly CountedWork<MemoryWork>[],
  part: (call: ExecCall) => MemoryWork,
): CountedWork<ExecCall>[] =>
  works.map((one) => ({ ...one, count: (call: ExecCall) => one.count(part(call)) }));

/** Kinds of work of an exec, in its order. Faults of the program itself come after it. */
export const EXEC_WORK: readonly CountedWork<ExecCall>[] = [
  {
    name: 'walk to program and interpreter',
    figure: 'path.component',
    count: ({ preparation }) => preparation.componentCount,
  },
  {
    name: 'open program and interpreter',
    figure: 'file.open',
    count: ({ preparation }) => preparation.openCount,
  },
  {
    name: 'read headers',
    figure: 'exec.header',
    count: ({ preparation }) => preparation.phdrBytes.length,
  },
  { name: 'become the program', figure: 'exec.base', count: () => 1 },
  ...on(LOAD_WORK, ({ loaded }) => loaded),
  ...on(DROP_WORK, ({ dropped }) => dropped),
  { name: 'close on exec', figure: 'fd.close-on-exec', count: ({ closedCount }) => closedCount },
];
