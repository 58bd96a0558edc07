// The nodes of a machine as `numactl -H` prints them.
import type { Machine } from '../machine/machine.ts';
import { formatList, Bitmap } from '@forkless/bitmap';

/**
 * The text of `numactl --hardware`: nodes with their CPUs and memory, and the distances. Free memory is
 * left out where nothing is known of it. O(nodes² + CPUs).
 *
 * @see numactl 2.0.16, numactl.c, hardware()
 */
export function formatNumactl(machine: Machine): string {
  const { nodes } = machine;
  const ids = nodes.map(({ node }) => node);
  const megabytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MB`;
  const set = Bitmap.of((ids.at(-1) ?? -1) + 1, ids);
  return [
    `available: ${nodes.length} nodes (${formatList(set)})`,
    ...nodes.flatMap(({ node, cpus, memoryBytes, freeBytes }) => [
      `node ${node} cpus:${[...cpus].map((cpu) => ` ${cpu}`).join('')}`,
      `node ${node} size: ${megabytes(memoryBytes)}`,
      ...(freeBytes === undefined ? [] : [`node ${node} free: ${megabytes(freeBytes)}`]),
    ]),
    'node distances:',
    `node ${ids.map((id) => `${pad(id, 3)} `).join('')}`,
    ...ids.map((id) => {
      const row = ids.map((other) => `${pad(machine.distance(id, other), 3)} `);
      return `${pad(id, 3)}: ${row.join('')}`;
    }),
    '',
  ].join('\n');
}

function pad(number: number, width: number): string {
  return String(number).padStart(width);
}
