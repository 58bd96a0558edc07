// A machine from a tree alone, when no kernel was there to say which node a CPU belongs to: the first
// node near a CPU has it, and further nodes beside that one have none, as with memory that was added.
import { Bitmap } from '@forkless/bitmap';
import type { ObjectTree } from '../tree/object-tree.ts';
import { DISTANCE_KIND, matrixType } from '../tree/distance-matrix.ts';
import { checkNodeCount } from './bounds.ts';
import { Machine } from './machine.ts';
import type { MachineNode } from './machine-node.ts';
import type { CellProvenance, NodeMatrix } from './node-matrix.ts';
import { localPerformance } from './node-performance.ts';
import { performanceMatrices } from './performance.ts';
import type { TransferFigures } from './transfer-class.ts';

/** Distances where the firmware gives none. @see include/linux/topology.h, v6.12 */
export const LOCAL_DISTANCE = 10;
export const REMOTE_DISTANCE = 20;

/** What is known besides the tree. */
export interface TreeMachineParts {
  readonly name: string;
  readonly tree: ObjectTree;
  readonly warnings: readonly string[];
  readonly transfers?: TransferFigures | undefined;
}

/** A machine whose nodes and distances are those of the tree. */
export function machineOfTree({ name, tree, warnings, transfers }: TreeMachineParts): Machine {
  checkNodeCount(tree.nodes.length, name);
  const nodes = nodesOfTree(tree);
  const distances = distancesOfTree(tree, nodes);
  const performance = performanceMatrices({
    distances: distances.values,
    hasCpu: nodes.map(({ cpus }) => !cpus.isEmpty()),
    local: nodes.map(({ node }) => localPerformance(tree, node)),
    provenance: 'hmat',
  });
  return new Machine({ name, tree, nodes, distances, ...performance, warnings, transfers });
}

/** Where no node has a size, as after "[numa]", sizes are unknown and every node has memory. */
function nodesOfTree(tree: ObjectTree): MachineNode[] {
  const areSizesKnown = tree.root.totalMemoryBytes > 0;
  const taken = new Bitmap(tree.root.cpuset.nbits);
  return tree.nodes
    .map(({ osIndex, cpuset, memory }) => {
      const cpus = new Bitmap(taken.nbits).andnot(cpuset, taken);
      taken.or(taken, cpuset);
      const memoryBytes = memory?.localBytes ?? 0;
      return {
        node: osIndex,
        cpus,
        memoryBytes,
        freeBytes: undefined,
        hasMemory: memoryBytes > 0 || !areSizesKnown,
      };
    })
    .toSorted((a, b) => a.node - b.node);
}

function distancesOfTree(tree: ObjectTree, nodes: readonly MachineNode[]): NodeMatrix {
  const matrix = tree.distances.find(
    (one) => matrixType(one) === 'NUMANode' && (one.kind & DISTANCE_KIND.meansLatency) !== 0,
  );
  const values: number[] = [];
  const provenance: CellProvenance[] = [];
  const places = nodes.map(({ node }) =>
    matrix === undefined ? -1 : matrix.objects.findIndex(({ osIndex }) => osIndex === node),
  );
  for (const [i, from] of places.entries()) {
    for (const [j, to] of places.entries()) {
      const isKnown = matrix !== undefined && from >= 0 && to >= 0;
      const otherwise = i === j ? LOCAL_DISTANCE : REMOTE_DISTANCE;
      values.push(isKnown ? matrix.values[from * matrix.objects.length + to]! : otherwise);
      provenance.push(isKnown ? 'slit' : 'derived');
    }
  }
  return { values, provenance };
}
