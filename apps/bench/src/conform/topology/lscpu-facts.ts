// What lscpu's JSON says of a topology, from the listing of a machine.
import { Bitmap, formatUtilLinuxList } from '@forkless/bitmap';
import { isCacheType, listingOf, type Machine, objectsOf } from '@forkless/topology';

/** Fields by name; what lscpu says beyond the topology is not here. */
export function lscpuFields(machine: Machine): Map<string, string | null> {
  const { cpus } = listingOf(machine);
  const online = Bitmap.of(
    machine.cpuWidth,
    cpus.map(({ cpu }) => cpu),
  );
  const { completeCpuset } = machine.tree.root;
  const offline = new Bitmap(machine.cpuWidth).andnot(completeCpuset!, online);
  const threads = largestGroup(cpus.map(({ core }) => core));
  const cores = Math.max(...cpus.map(({ core }) => core)) + 1;
  const sockets = Math.max(...cpus.map(({ socket }) => socket)) + 1;
  const fields: [string, string | null][] = [
    ['CPU(s):', String(completeCpuset!.weight())],
    ['On-line CPU(s) list:', formatUtilLinuxList(online)],
    ['Thread(s) per core:', String(threads)],
    ['Core(s) per socket:', String(Math.floor(cores / Math.max(1, sockets)))],
  ];
  if (cpus.every(({ book }) => book < 0)) fields.push(['Socket(s):', String(sockets)]);
  if (!offline.isEmpty()) fields.push(['Off-line CPU(s) list:', formatUtilLinuxList(offline)]);
  if (cpus.some(({ node }) => node >= 0)) {
    fields.push(['NUMA node(s):', String(machine.nodes.length)]);
    for (const { node, cpus: own } of machine.nodes) {
      fields.push([`NUMA node${node} CPU(s):`, own.isEmpty() ? null : formatUtilLinuxList(own)]);
    }
  }
  return new Map(fields);
}

function largestGroup(numbers: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const number of numbers) sizes.set(number, (sizes.get(number) ?? 0) + 1);
  return Math.max(1, ...[...sizes].filter(([number]) => number >= 0).map(([, size]) => size));
}

/** Kinds of caches as `lscpu -C -J -B` names them, with what hwloc and lscpu read from one file. */
export function lscpuCaches({ tree }: Machine): Map<string, object> {
  const found = new Map<string, object>();
  for (const level of tree.normal) {
    if (!isCacheType(level[0]!.type)) continue;
    for (const { cache } of objectsOf(tree, level[0]!.type)) {
      const { level: depth, kind, sizeBytes, lineBytes } = cache!;
      const name = `L${depth}${kind === 'unified' ? '' : kind[0]!}`;
      if (found.has(name)) continue;
      found.set(name, {
        'one-size': String(sizeBytes),
        type: `${kind[0]!.toUpperCase()}${kind.slice(1)}`,
        level: depth,
        'coherency-size': lineBytes === 0 ? null : lineBytes,
      });
    }
  }
  return found;
}
