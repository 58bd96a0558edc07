// A machine as plain data for programs in other languages: what was read, and what Linux makes of it.
import { formatList } from '@forkless/bitmap';
import type { Machine } from '../machine/machine.ts';
import { type MachineSummary, summarizeMachine } from '../machine/describe-machine.ts';
import type { CellProvenance, NodeMatrix } from '../machine/node-matrix.ts';
import type { TopologyObject } from '../tree/topology-object.ts';

/** A matrix as rows; null where nothing is known. */
export interface MatrixJson {
  readonly rows: readonly (readonly (number | null)[])[];
  readonly provenance: readonly (readonly CellProvenance[])[];
}

/** An object and what hangs below it. Sets are lists such as "0-3,8". */
export interface ObjectJson {
  readonly type: string;
  readonly logicalIndex: number;
  readonly osIndex?: number;
  readonly subtype?: string;
  readonly name?: string;
  readonly cpus: string;
  readonly nodes: string;
  readonly cache?: TopologyObject['cache'];
  readonly memoryBytes?: number;
  readonly infos?: Readonly<Record<string, string>>;
  readonly memoryChildren?: readonly ObjectJson[];
  readonly children?: readonly ObjectJson[];
}

/** Everything. */
export interface MachineJson {
  readonly name: string;
  readonly summary: MachineSummary;
  readonly cpus: string;
  readonly nodes: readonly {
    readonly node: number;
    readonly cpus: string;
    readonly memoryBytes: number;
    readonly freeBytes?: number;
    readonly hasMemory: boolean;
  }[];
  readonly distances: MatrixJson;
  readonly latenciesNs: MatrixJson;
  readonly bandwidthsMBs: MatrixJson;
  /** The page allocator's order of nodes, by node. */
  readonly fallbackOrder: Readonly<
    Record<'boot' | 'rebuilt', Readonly<Record<string, readonly number[]>>>
  >;
  readonly tree: ObjectJson;
  readonly warnings: readonly string[];
}

/** The data of a machine. O(objects + nodes³). */
export function machineToJson(machine: Machine): MachineJson {
  const { nodes } = machine;
  const orders = (phase: 'boot' | 'rebuilt') =>
    Object.fromEntries(nodes.map(({ node }) => [node, machine.fallbackOrder(node, phase)]));
  return {
    name: machine.name,
    summary: summarizeMachine(machine),
    cpus: formatList(machine.tree.root.cpuset),
    nodes: nodes.map(({ node, cpus, memoryBytes, freeBytes, hasMemory }) => ({
      node,
      cpus: formatList(cpus),
      memoryBytes,
      ...(freeBytes === undefined ? {} : { freeBytes }),
      hasMemory,
    })),
    distances: matrixToJson(machine.distances, nodes.length),
    latenciesNs: matrixToJson(machine.latencies, nodes.length),
    bandwidthsMBs: matrixToJson(machine.bandwidths, nodes.length),
    fallbackOrder: { boot: orders('boot'), rebuilt: orders('rebuilt') },
    tree: objectToJson(machine.tree.root),
    warnings: machine.warnings,
  };
}

function matrixToJson({ values, provenance }: NodeMatrix, width: number): MatrixJson {
  const rows = <T>(cells: readonly T[]) =>
    Array.from({ length: width }, (_, row) => cells.slice(row * width, (row + 1) * width));
  return {
    rows: rows(values.map((value) => (Number.isNaN(value) ? null : value))),
    provenance: rows(provenance),
  };
}

function objectToJson(object: TopologyObject): ObjectJson {
  const { type, logicalIndex, osIndex, subtype, name, cpuset, nodeset, cache, memory } = object;
  const list = (objects: readonly TopologyObject[]) => objects.map(objectToJson);
  return {
    type,
    logicalIndex,
    ...(osIndex < 0 ? {} : { osIndex }),
    ...(subtype === undefined ? {} : { subtype }),
    ...(name === undefined ? {} : { name }),
    cpus: formatList(cpuset),
    nodes: nodeset === undefined ? '' : formatList(nodeset),
    ...(cache === undefined ? {} : { cache }),
    ...(memory === undefined ? {} : { memoryBytes: memory.localBytes }),
    ...(object.infos.length === 0 ? {} : { infos: Object.fromEntries(object.infos) }),
    ...(object.memoryChildren.length === 0 ? {} : { memoryChildren: list(object.memoryChildren) }),
    ...(object.children.length === 0 ? {} : { children: list(object.children) }),
  };
}
