// How large a description may be. A reader that is told of a billion CPUs says so instead of trying.
import { ConfigError } from '@forkless/errors';

/** Highest CPU or node id that is read; Linux knows at most 8192 CPUs and 1024 nodes. */
export const ID_MAX = 65_535;

/** The most processing units a synthetic description may have. */
export const SYNTHETIC_PU_MAX = 8192;

/** The most bytes that the sets of all objects may take. */
const SET_BYTES_MAX = 2 ** 28;

/** Each object carries its sets and their complete forms. */
const SETS_PER_OBJECT = 2;

/** Throws a ConfigError when `objects` objects with sets of these widths would not fit. */
export function checkBudget(
  objects: number,
  widths: { cpuWidth: number; nodeWidth: number },
  where: string,
): void {
  const words = Math.ceil(widths.cpuWidth / 32) + Math.ceil(widths.nodeWidth / 32);
  const bytes = objects * words * 4 * SETS_PER_OBJECT;
  if (bytes > SET_BYTES_MAX) {
    throw new ConfigError(
      `${where}: ${objects} objects over ${widths.cpuWidth} CPUs and ${widths.nodeWidth} nodes ` +
        `would take ${Math.ceil(bytes / 2 ** 20)} MiB, expected at most ${SET_BYTES_MAX / 2 ** 20}`,
    );
  }
}

/** The most nodes that are read: what Linux can be built for. @see NODES_SHIFT, v6.12 */
export const NODES_MAX = 1024;

/** Throws a ConfigError when there are more nodes than any Linux has; matrices grow with their square. */
export function checkNodeCount(count: number, where: string): void {
  if (count <= NODES_MAX) return;
  throw new ConfigError(`${where}: found ${count} nodes, expected at most ${NODES_MAX}`);
}
