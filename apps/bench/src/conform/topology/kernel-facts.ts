// What a machine answers of the kernel's own arithmetic, in the words of truth.json.
import { Bitmap, formatList } from '@forkless/bitmap';
import { type Machine, readNodeStates, type SysfsFiles } from '@forkless/topology';

/** Everything below "kernel612". */
export function kernelFacts(machine: Machine): object {
  const byNode = <T>(answer: (node: number) => T) =>
    Object.fromEntries(machine.nodes.map(({ node }) => [node, answer(node)]));
  return {
    boot: byNode((node) => machine.fallbackOrder(node, 'boot')),
    hotplug: byNode((node) => machine.fallbackOrder(node, 'rebuilt')),
    nearest: byNode((node) => [
      machine.nearestNode(node, 'memory'),
      machine.nearestNode(node, 'cpu'),
    ]),
    sched: machine.schedulerLevels(),
  };
}

/** Orders as the boot log prints them. */
export function bootOrders(machine: Machine): object {
  return Object.fromEntries(machine.nodes.map(({ node }) => [node, machine.fallbackOrder(node)]));
}

/** The files of memory tiers. */
export function tierFiles(machine: Machine): object {
  return Object.fromEntries(
    [...machine.memoryTiers()].map(([tier, nodes]) => [
      `memory_tier${tier}/nodelist`,
      formatList(Bitmap.of(Math.max(...nodes) + 1, nodes)),
    ]),
  );
}

/** Weights of a kernel that has not been told any: 1 for every node with a directory. */
export function weightFiles(machine: Machine): object {
  return Object.fromEntries(
    machine.nodes.map(({ node }) => [`weighted_interleave/node${node}`, '1']),
  );
}

/** Everything below "sysfs" that a machine keeps; undefined where the kernel has no nodes. */
export function sysfsFacts(machine: Machine, files: SysfsFiles): object | null {
  const isDescribed = [...files.keys()].some((path) =>
    /(?:^|\/)sys\/devices\/system\/node\/node\d/.test(path),
  );
  if (!isDescribed) return null;
  const states = Object.entries(readNodeStates(files)).filter(
    ([state]) => state !== 'has_generic_initiator',
  );
  return {
    present: machine.nodes.map(({ node }) => node),
    ...Object.fromEntries(states.map(([state, set]) => [state, formatList(set)])),
    node: Object.fromEntries(
      machine.nodes.map(({ node, cpus, memoryBytes, freeBytes }) => [
        node,
        {
          memTotalKb: memoryBytes / 1024,
          memFreeKb: freeBytes === undefined ? null : freeBytes / 1024,
          cpus: formatList(cpus),
          distance:
            machine.distances.provenance[0] === 'slit'
              ? machine.nodes.map((other) => machine.distance(node, other.node))
              : null,
        },
      ]),
    ),
  };
}
