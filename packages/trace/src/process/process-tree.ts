// Who made whom, as a tree of everything that a recording shows. Unlike the statistics it holds every
// process, so its memory grows with their number.
import type { ProcessKey, ProcessRecord } from './process-record.ts';
import { baseName } from './statistics.ts';

/** A process with those that it made, in the order of their start. */
export interface ProcessNode {
  readonly record: ProcessRecord;
  readonly children: readonly ProcessNode[];
}

/** Names a process in a map: incarnations of one pid differ. A safe integer. */
export function keyNumber({ pid, incarnation }: ProcessKey): number {
  return incarnation * 2 ** 22 + pid;
}

/**
 * The roots of the tree: the process that was traced, and those whose maker the recording does not show.
 * O(n log n) in the records.
 */
export function buildProcessTree(records: Iterable<ProcessRecord>): ProcessNode[] {
  const children = new Map<number, ProcessNode[]>();
  const nodes = [...records]
    .toSorted((a, b) => a.startNs - b.startNs)
    .map((record) => ({ record, children: childrenOf(children, keyNumber(record)) }));
  const known = new Set(nodes.map(({ record }) => keyNumber(record)));
  const roots: ProcessNode[] = [];
  for (const node of nodes) {
    const { parent } = node.record;
    if (parent === undefined || !known.has(keyNumber(parent))) roots.push(node);
    else childrenOf(children, keyNumber(parent)).push(node);
  }
  return roots;
}

function childrenOf(children: Map<number, ProcessNode[]>, key: number): ProcessNode[] {
  const found = children.get(key);
  if (found !== undefined) return found;
  const list: ProcessNode[] = [];
  children.set(key, list);
  return list;
}

/** What to call a process: the last program it ran, or whose copy it is. */
export function processName(record: ProcessRecord, parentName?: string): string {
  const last = record.execs.at(-1);
  if (last !== undefined) return baseName(last.path);
  return parentName === undefined ? `pid ${record.pid}` : `(${parentName.replace(/^\(|\)$/g, '')})`;
}
