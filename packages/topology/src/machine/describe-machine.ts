// A machine in numbers and in a sentence, for the head of a report.
import { objectsOf, pusOf } from '../tree/object-tree.ts';
import { infoOf } from '../tree/topology-object.ts';
import { sizeInWords } from '../text/sizes.ts';
import type { Machine } from './machine.ts';

/** What everyone asks first of a machine. */
export interface MachineSummary {
  readonly name: string;
  /** As the processors call themselves; unknown of a machine that was only described. */
  readonly cpuModel: string | undefined;
  readonly packageCount: number;
  readonly coreCount: number;
  readonly cpuCount: number;
  readonly nodeCount: number;
  readonly memoryBytes: number;
  /** The largest cache and how many of it there are; undefined where none is described. */
  readonly cache:
    | { readonly level: number; readonly sizeBytes: number; readonly count: number }
    | undefined;
  /** Name and release of the system; undefined where nothing is known. */
  readonly system: string | undefined;
}

/** The numbers. O(objects). */
export function summarizeMachine({ name, tree, nodes }: Machine): MachineSummary {
  const packages = objectsOf(tree, 'Package');
  const cores = objectsOf(tree, 'Core');
  const caches = (['L5Cache', 'L4Cache', 'L3Cache', 'L2Cache'] as const).map((type) =>
    objectsOf(tree, type),
  );
  const last = caches.find((level) => level.length > 0);
  const system = ['OSName', 'OSRelease'].flatMap((info) => infoOf(tree.root, info) ?? []).join(' ');
  const models = [...packages, tree.root].flatMap((object) => infoOf(object, 'CPUModel') ?? []);
  return {
    name,
    cpuModel: models[0]?.trim(),
    packageCount: packages.length,
    coreCount: cores.length === 0 ? pusOf(tree).length : cores.length,
    cpuCount: pusOf(tree).length,
    nodeCount: nodes.length,
    memoryBytes: nodes.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    cache:
      last === undefined
        ? undefined
        : {
            level: last[0]!.cache!.level,
            sizeBytes: last[0]!.cache!.sizeBytes,
            count: last.length,
          },
    system: system === '' ? undefined : system,
  };
}

/**
 * One sentence: "Intel Xeon Gold 6230: 2 packages, 40 cores, 80 CPUs, 2 L3 caches of 27.5 MiB, 4 nodes
 * with 1.5 TiB; Linux 6.12.0". O(objects).
 */
export function describeMachine(machine: Machine): string {
  const summary = summarizeMachine(machine);
  const { packageCount, coreCount, cpuCount, nodeCount, memoryBytes, cache, system } = summary;
  const counts = [
    ...(packageCount === 0 ? [] : [count(packageCount, 'package')]),
    count(coreCount, 'core'),
    count(cpuCount, 'CPU'),
    ...(cache === undefined
      ? []
      : [`${count(cache.count, `L${cache.level} cache`)} of ${sizeInWords(cache.sizeBytes)}`]),
    count(nodeCount, 'node') + (memoryBytes === 0 ? '' : ` with ${sizeInWords(memoryBytes)}`),
  ];
  const head = summary.cpuModel ?? summary.name;
  return `${head}: ${counts.join(', ')}${system === undefined ? '' : `; ${system}`}`;
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}
