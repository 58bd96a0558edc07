// The nodes as the kernel has them, whatever a tree makes of them: their CPUs, memory and distances,
// memoryless nodes among them.
import { Bitmap } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import { ID_MAX } from '../machine/bounds.ts';
import type { MachineNode } from '../machine/machine-node.ts';
import { LOCAL_DISTANCE, REMOTE_DISTANCE } from '../machine/machine-of-tree.ts';
import type { NodeMatrix } from '../machine/node-matrix.ts';
import { quote, type FileMap } from './file-map.ts';
import { readMeminfo } from './memory.ts';

/** Where nodes are described. */
export const NODE_ROOT = 'sys/devices/system/node';

/** Ids of the online nodes, ascending: those listed, else those with a directory. */
export function readNodeIds(files: FileMap): number[] {
  const online = files.list(`${NODE_ROOT}/online`, ID_MAX + 1);
  return online === undefined || online.isEmpty() ? files.numbered(NODE_ROOT, 'node') : [...online];
}

/**
 * The online nodes. Where the kernel knows no nodes there is one, with all CPUs and all memory.
 *
 * @see drivers/base/node.c, v6.12
 */
export function readKernelNodes(
  files: FileMap,
  ids: readonly number[],
  online: Bitmap,
): MachineNode[] {
  if (ids.length === 0) {
    const memoryBytes = readMeminfo(files, 'proc/meminfo', 'MemTotal') ?? 0;
    const freeBytes = readMeminfo(files, 'proc/meminfo', 'MemFree');
    return [{ node: 0, cpus: online.clone(), memoryBytes, freeBytes, hasMemory: true }];
  }
  const withMemory = files.list(`${NODE_ROOT}/has_memory`, ids.at(-1)! + 1);
  return ids.map((node) => {
    const directory = `${NODE_ROOT}/node${node}`;
    const width = online.nbits;
    const cpus =
      files.mask(`${directory}/cpumap`, width) ??
      files.list(`${directory}/cpulist`, width) ??
      new Bitmap(width);
    const memoryBytes = readMeminfo(files, `${directory}/meminfo`, 'MemTotal') ?? 0;
    return {
      node,
      cpus: new Bitmap(width).and(cpus, online),
      memoryBytes,
      freeBytes: readMeminfo(files, `${directory}/meminfo`, 'MemFree'),
      hasMemory: withMemory?.test(node) ?? memoryBytes > 0,
    };
  });
}

/**
 * The distance between every two nodes, or undefined when some node has none for every other. Column
 * k of a node's line belongs to the k-th online node.
 */
export function readDistances(files: FileMap, ids: readonly number[]): number[] | undefined {
  const rows: number[] = [];
  for (const node of ids) {
    const path = `${NODE_ROOT}/node${node}/distance`;
    const text = files.text(path);
    if (text === undefined) return undefined;
    const row = text.trim().split(/\s+/);
    if (!row.every((value) => /^\d{1,9}$/.test(value))) {
      throw new ConfigError(
        `${path}: found ${quote(text)}, expected distances from 0 to 999999999`,
      );
    }
    if (row.length < ids.length) return undefined;
    for (const value of row.slice(0, ids.length)) rows.push(Number(value));
  }
  return rows.length === 0 ? undefined : rows;
}

/** The matrix of a machine: the firmware's distances, or those Linux assumes without any. */
export function distanceMatrixOf(
  ids: readonly number[],
  known: readonly number[] | undefined,
): NodeMatrix {
  const count = Math.max(1, ids.length);
  if (known !== undefined) return { values: known, provenance: known.map(() => 'slit') };
  const values = Array.from({ length: count * count }, (_, cell) =>
    cell % (count + 1) === 0 ? LOCAL_DISTANCE : REMOTE_DISTANCE,
  );
  return { values, provenance: values.map(() => 'derived') };
}
