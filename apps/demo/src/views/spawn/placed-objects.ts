// Where the objects of a child come to lie when it is to run on another node than its parent, and which of
// them are left on the wrong one. Runs anywhere.
import { isRefusal } from '@forkless/errors';
import {
  levelOf,
  NODE_AWARENESS,
  ObjectLedger,
  spawn,
  type Mechanism,
  type NodeAwareness,
  type ObjectRow,
  type SpawnRequest,
} from '@forkless/spawn';
import { dropCaches } from '@forkless/task';
import type { SpawnWorld } from './spawn-world.ts';

/** Levels to choose from: what the mechanism is for, or one of the ladder. */
export const LEVELS = ['its own', ...NODE_AWARENESS] as const;

/** What is asked of the placement. */
export interface PlaceAsked {
  /** The node the child shall run on. */
  readonly node: number;
  readonly level: (typeof LEVELS)[number];
}

/** Objects of one kind on one node that are left when the program runs. */
export interface PlacedObject {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
  /** The level of the ladder from which on it goes to the child's node. */
  readonly level: NodeAwareness;
}

/** Where everything lies. */
export interface PlacedSpawn {
  readonly childNode: number;
  readonly nodes: readonly { readonly node: number; readonly objects: readonly PlacedObject[] }[];
  /** What lies elsewhere than on the child's node. */
  readonly misplacedCount: number;
  readonly misplacedBytes: number;
}

/** Spawns once with every object noted; the caches are cold, so that lookups make objects too. */
export function placeSpawn(
  { kernel, parent }: SpawnWorld,
  mechanism: Mechanism,
  request: SpawnRequest,
  { node, level }: PlaceAsked,
): PlacedSpawn {
  dropCaches(kernel);
  const objects = new ObjectLedger();
  const made = spawn(
    kernel,
    parent,
    mechanism,
    { ...request, place: { node } },
    { objects, ...(level === 'its own' ? {} : { awareness: level }) },
  );
  if (isRefusal(made)) throw new Error(`${made.errno}: ${made.reason}`);
  const left = objects.rows().filter((row) => row.left > 0);
  const nodes = [...new Set([...left.map((row) => row.node), node])].toSorted((a, b) => a - b);
  const { objects: misplacedCount, bytes: misplacedBytes } = objects.misplaced(node);
  return {
    childNode: made.child.node,
    nodes: nodes.map((one) => ({
      node: one,
      objects: byKind(left.filter((row) => row.node === one)),
    })),
    misplacedCount,
    misplacedBytes,
  };
}

/** One entry a kind, whichever phase made it. */
function byKind(rows: readonly ObjectRow[]): readonly PlacedObject[] {
  const kinds = new Map<string, PlacedObject>();
  for (const { kind, phase, bytes, left } of rows) {
    const known = kinds.get(kind);
    kinds.set(kind, {
      kind,
      count: (known?.count ?? 0) + left,
      bytes: (known?.bytes ?? 0) + left * bytes,
      level: known?.level ?? levelOf(kind, phase),
    });
  }
  return [...kinds.values()];
}
