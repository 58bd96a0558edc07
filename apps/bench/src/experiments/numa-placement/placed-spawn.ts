// One spawn for another node, on the model: what of it then lies elsewhere than on the node the child
// runs on. A rung of the ladder says which objects the kernel asks for on the child's node, the executor
// on whose CPU the child's steps are taken.

import { assert, isRefusal } from '@forkless/errors';
import { MAP, MemoryObject, mmap, PAGE_SIZE, PROT, touchRange } from '@forkless/mm';
import {
  levelOf,
  ObjectLedger,
  PRISTINE,
  spawn,
  VFORK_EXEC,
  type NodeAwareness,
  type ObjectRow,
  type SpawnRequest,
} from '@forkless/spawn';
import {
  dropCaches,
  installProgram,
  memoryOf,
  mkdir,
  smallestProgram,
  type Kernel,
  type Task,
} from '@forkless/task';
import { buildWorld, type SpawnWorld } from '../spawning/world.ts';

/**
 * Who looks the program up, runs the actions and makes the memory: a child of vfork that goes on to exec,
 * or the parent, which puts a pristine child together.
 */
export type Executor = 'parent' | 'child';

/** The spawn whatever the rung. */
export interface SpawnKind {
  readonly machine: string;
  /** Open descriptors of the parent. */
  readonly fds: number;
  /** Files that actions open. */
  readonly opened: number;
  /** Directories of PATH in which the program is not. */
  readonly probes: number;
  /** Nobody has looked anything up before. */
  readonly isCold: boolean;
}

/** How the kernel heeds the child's node. */
export interface Placement {
  readonly awareness: NodeAwareness;
  readonly executor: Executor;
}

/** What lies on the wrong node. */
export interface Misplaced {
  readonly objects: number;
  readonly bytes: number;
  /** Cache lines of them that the child has; the misses of a search are nobody's. */
  readonly lines: number;
}

/** The node the child is to run on; the parent runs on node 0. */
const CHILD_NODE = 1;
const LINE = 64;
/** Lies in /bin. */
const TOOL = 'tool';

/** All that is left of a spawn when the program runs, by kind and node. O(world + spawn). */
export function objectsOf(kind: SpawnKind, placement: Placement): readonly ObjectRow[] {
  return ledgerOf(kind, placement)
    .rows()
    .filter(({ left }) => left > 0);
}

/** What of it is misplaced. O(world + spawn). */
export function misplacedBy(kind: SpawnKind, placement: Placement): Misplaced {
  const { objects, bytes } = ledgerOf(kind, placement).misplaced(CHILD_NODE);
  const kept = ledgerOf({ ...kind, probes: 0 }, placement).misplaced(CHILD_NODE);
  const lines = kept.rows.reduce((sum, row) => sum + row.left * Math.ceil(row.bytes / LINE), 0);
  return { objects, bytes, lines };
}

/** Whether an object belongs to what copy_process() can be told the node of today. */
export function isAwareToday({ kind, phase }: ObjectRow): boolean {
  return phase === 'clone' && levelOf(kind, phase) === 'L1';
}

/**
 * How many of so many pages of the program lie elsewhere than on the child's node once it has read them
 * all; with a warm cache a program on the parent's node had read them before. O(pages).
 */
export function programPagesFar(kind: SpawnKind, placement: Placement, pageCount: number): number {
  const { kernel, parent, child } = placedSpawn(kind, placement);
  const { memory } = kernel;
  const program = new MemoryObject('page-cache', memory.takeInode(), pageCount, memory.tables);
  const read = (task: Task): void => {
    const length = pageCount * PAGE_SIZE;
    const flags = MAP.PRIVATE;
    const placer = kernel.placerOf(task);
    const start = mmap(memoryOf(task), { length, prot: PROT.READ, flags, object: program }, placer);
    assert(!isRefusal(start), 'the program can be mapped');
    touchRange(memoryOf(task), { start, pageCount }, 'read', placer);
  };
  if (!kind.isCold) read(parent);
  read(child);
  let far = 0;
  for (let index = 0; index < pageCount; index++) {
    if (memory.pages.node(program.page(index)) !== child.node) far++;
  }
  return far;
}

function ledgerOf(kind: SpawnKind, placement: Placement): ObjectLedger {
  return placedSpawn(kind, placement).objects;
}

interface PlacedSpawn {
  readonly kernel: Kernel;
  readonly parent: Task;
  readonly child: Task;
  readonly objects: ObjectLedger;
}

function placedSpawn(kind: SpawnKind, { awareness, executor }: Placement): PlacedSpawn {
  const world = buildWorld(kind.machine, { fds: kind.fds });
  const { kernel, parent } = world;
  const request = requestIn(world, kind);
  if (kind.isCold) dropCaches(kernel);
  const objects = new ObjectLedger();
  const options = { awareness, executor, objects };
  const mechanism = executor === 'parent' ? PRISTINE : VFORK_EXEC;
  const spawned = spawn(kernel, parent, mechanism, request, options);
  assert('child' in spawned, 'the spawn of the experiment is served');
  return { kernel, parent, child: spawned.child, objects };
}

/** The request, with the directories and files it names made. */
function requestIn({ kernel }: SpawnWorld, { opened, probes }: SpawnKind): SpawnRequest {
  const { init } = kernel;
  const looker = { cred: init.cred, fs: init.fs!, node: 0 };
  const missing = Array.from({ length: probes }, (_, at) => `/path${at}`);
  for (const directory of missing) mkdir(looker, directory, 0o755);
  const files = Array.from({ length: opened }, (_, at) => `/usr/file${at}`);
  for (const file of files) installProgram(init, file, smallestProgram());
  return {
    path: TOOL,
    search: [...missing, '/bin'].join(':'),
    argv: [TOOL],
    envp: [],
    place: { node: CHILD_NODE },
    actions: files.map((path, at) => ({ kind: 'open', fd: 100 + at, path, flags: 0, mode: 0 })),
  };
}
