// The ledger of a spawn by node: every kernel object that it made, where it lies, and what of it is left
// when the child runs. How far the kernel heeds the child's node is a level of a ladder.

import type { MadeObjects, ObjectPhase, ObjectWatch } from '@forkless/task';

/** How many kinds of objects go to the node the child was placed on. Each level has those before it. */
export const NODE_AWARENESS = ['L0', 'L1', 'L2', 'L3', 'L4'] as const;

/** One level of the ladder. */
export type NodeAwareness = (typeof NODE_AWARENESS)[number];

/**
 * The kinds that a level adds. L0: nothing knows a node, every object lies where its maker runs. L1: what
 * copy_process() can hand a node to today. L2: the rest of the task. L3: its memory and the arguments.
 * L4: what a lookup of the program leaves in the caches.
 *
 * @see kernel/fork.c, dup_task_struct(), copy_process(int node), v6.18
 */
export const LEVEL_KINDS: Readonly<Record<NodeAwareness, readonly string[]>> = {
  L0: [],
  L1: ['task_struct', 'thread_stack', 'kmalloc-32'],
  L2: [
    'cred',
    'kmalloc-16',
    'files_cache',
    'fs_cache',
    'sighand_cache',
    'signal_cache',
    'pid',
    'numa_policy',
    'nsproxy',
    'fdtable',
  ],
  L3: [
    'mm_struct',
    'mm_slot',
    'vm_area_struct',
    'anon_vma',
    'anon_vma_chain',
    'maple_node',
    'page table',
    'page',
    'binprm',
  ],
  L4: ['dentry', 'inode', 'filp', 'lsm_file_cache', 'names_cache', 'file page'],
};

const KMALLOC = /^kmalloc-/;

/** The level from which on an object of that kind, made in that phase, goes to the child's node. */
export function levelOf(kind: string, phase: ObjectPhase): NodeAwareness {
  // What kmalloc serves has no name of its own: a descriptor table in a clone, the program in an exec.
  const isNamed = !KMALLOC.test(kind) || kind === 'kmalloc-16' || kind === 'kmalloc-32';
  const name = isNamed ? kind : phase === 'clone' ? 'fdtable' : 'binprm';
  return NODE_AWARENESS.find((level) => LEVEL_KINDS[level].includes(name)) ?? 'L3';
}

/** Objects of one kind on one node. */
export interface ObjectRow {
  readonly kind: string;
  readonly phase: ObjectPhase;
  readonly node: number;
  /** Of one object. */
  readonly bytes: number;
  /** Made in all. */
  readonly made: number;
  /** Of them still there. */
  readonly left: number;
}

interface Batch extends MadeObjects {
  left: number;
  readonly memory: number;
}

const MEMORY_KINDS: ReadonlySet<string> = new Set(
  LEVEL_KINDS.L3.filter((kind) => kind !== 'binprm'),
);

/** A ledger that is handed to a spawn and read afterwards. */
export class ObjectLedger implements ObjectWatch {
  readonly #batches: Batch[] = [];
  #level: NodeAwareness = 'L0';
  #target: number | undefined;
  /** Which memory is being made: the one of the clone, or of which exec. */
  #memory = 0;

  /** From now on objects of that level and below go to `target`; undefined for a child without a place. */
  place(level: NodeAwareness, target: number | undefined): void {
    this.#level = level;
    this.#target = target;
  }

  nodeOf(kind: string, running: number, phase: ObjectPhase): number {
    if (this.#target === undefined || levelOf(kind, phase) > this.#level) return running;
    return this.#target;
  }

  made(objects: MadeObjects): void {
    this.#batches.push({ ...objects, left: objects.count, memory: this.#memory });
  }

  freed(kind: string, count: number): void {
    let rest = count;
    for (let at = this.#batches.length - 1; at >= 0 && rest > 0; at--) {
      const batch = this.#batches[at]!;
      if (batch.kind !== kind) continue;
      const taken = Math.min(rest, batch.left);
      batch.left -= taken;
      rest -= taken;
    }
  }

  execBegins(): void {
    this.#memory++;
  }

  memoryReplaced(): void {
    for (const batch of this.#batches) {
      if (batch.memory < this.#memory && MEMORY_KINDS.has(batch.kind)) batch.left = 0;
    }
  }

  /** One row for each kind, phase and node, in the order in which they were first made. O(objects). */
  rows(): ObjectRow[] {
    const rows = new Map<string, ObjectRow>();
    for (const { kind, phase, node, bytes, count, left } of this.#batches) {
      const key = `${phase} ${kind} ${bytes} ${node}`;
      const { made, left: before } = rows.get(key) ?? { made: 0, left: 0 };
      rows.set(key, { kind, phase, node, bytes, made: made + count, left: before + left });
    }
    return [...rows.values()];
  }

  /** What is left and lies elsewhere than on the node the child runs on. */
  misplaced(node: number): {
    readonly objects: number;
    readonly bytes: number;
    readonly rows: readonly ObjectRow[];
  } {
    const rows = this.rows().filter((row) => row.left > 0 && row.node !== node);
    const sum = (of: (row: ObjectRow) => number): number =>
      rows.reduce((all, row) => all + of(row), 0);
    return {
      objects: sum(({ left }) => left),
      bytes: sum(({ left, bytes }) => left * bytes),
      rows,
    };
  }
}
