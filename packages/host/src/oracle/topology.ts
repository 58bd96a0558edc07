// What the running kernel says of its nodes and CPUs, in its own few words: a second opinion on what
// `@forkless/topology` makes of the same machine.
import { readFileSync } from 'node:fs';
import { refuse, type Refusal } from '@forkless/errors';
import { readList } from '../place.ts';

/** A node as sysfs shows it. */
export interface NodeFacts {
  readonly node: number;
  readonly cpus: readonly number[];
  readonly hasMemory: boolean;
  /** To each online node, in order. */
  readonly distances: readonly number[];
}

/** The machine. */
export interface TopologyFacts {
  readonly cpus: readonly number[];
  readonly nodes: readonly NodeFacts[];
}

const root = '/sys/devices/system';

/** Online CPUs, and online nodes in order. ENOENT where there is no sysfs, or a kernel without NUMA. */
export function askTopology(): TopologyFacts | Refusal<'ENOENT'> {
  try {
    const withMemory = list('node/has_memory');
    return {
      cpus: list('cpu/online'),
      nodes: list('node/online').map((node) => ({
        node,
        cpus: list(`node/node${node}/cpulist`),
        hasMemory: withMemory.includes(node),
        distances: text(`node/node${node}/distance`).trim().split(/\s+/).map(Number),
      })),
    };
  } catch (error) {
    return refuse('ENOENT', (error as Error).message);
  }
}

function text(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8');
}

function list(path: string): readonly number[] {
  return readList(text(path));
}
