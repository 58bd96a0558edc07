// What the kernel allocates for a child that is to run on another node, counted on the model, with who
// asks for it when and the rung of the ladder at which it would be asked for on the right node.

import { assert, isRefusal } from '@forkless/errors';
import {
  cloneFlags,
  cloneObjects,
  execveCounted,
  EXEC_SLABS,
  exitGroupWith,
  vfork,
} from '@forkless/task';
import { DYNAMIC_TOOL } from '../spawning/programs.ts';
import type { SpawnWorld } from '../spawning/world.ts';

/** Rungs of node awareness: none, task and stack, its other parts, its memory, what it looks up. */
export const LEVELS = ['L0', 'L1', 'L2', 'L3', 'L4'] as const;

/** When an object is made. Its task comes first, by whoever spawns; the rest by whoever executes. */
export type Phase = 'task' | 'actions' | 'lookup' | 'memory';

/** Objects of a kind. */
export interface SpawnObject {
  readonly what: string;
  readonly count: number;
  /** Of all of them together. */
  readonly bytes: number;
  /** The lowest rung at which they are on the child's node: 1 to 4. */
  readonly level: number;
  readonly phase: Phase;
  /** Whether the child still has them when its program runs. */
  readonly isKept: boolean;
}

const PAGE = 4096;
/** The stack of a task, when no CPU has one left. @see kernel/fork.c, THREAD_SIZE, v6.18 */
const STACK_BYTES = 16384;
const FIRST_RUNG = new Set(['task_struct', 'kmalloc-32']);

/** The objects of a spawn by vfork and exec, in the order in which they are made. */
export function spawnObjects(
  { kernel, parent }: SpawnWorld,
  files: { readonly opened: number; readonly isCold: boolean; readonly probes: number },
): readonly SpawnObject[] {
  const flags = Number(cloneFlags('CLONE_VM', 'CLONE_VFORK'));
  const task = cloneObjects(parent, flags).map(({ cache, bytes, count }): SpawnObject => ({
    what: cache,
    count,
    bytes: bytes * count,
    level: FIRST_RUNG.has(cache) ? 1 : 2,
    phase: 'task',
    isKept: true,
  }));
  const stack = object('kernel stack', 1, STACK_BYTES, 1, 'task');
  return [task[0]!, stack, ...task.slice(1), ...opened(files), ...execObjects({ kernel, parent })];
}

function object(
  what: string,
  count: number,
  each: number,
  level: number,
  phase: Phase,
  isKept = true,
): SpawnObject {
  return { what, count, bytes: count * each, level, phase, isKept };
}

/** Files that actions open, and what finding them and the program leaves in the cache if it is not there. */
function opened({
  opened: count,
  isCold,
  probes,
}: {
  readonly opened: number;
  readonly isCold: boolean;
  readonly probes: number;
}): SpawnObject[] {
  const { file, fileBlob } = EXEC_SLABS;
  const objects = [object('filp of an action', count, file.bytes + fileBlob.bytes, 4, 'actions')];
  if (!isCold) return objects;
  return [
    ...objects,
    object('dentry and inode of an action', count, DENTRY_BYTES + INODE_BYTES, 4, 'actions'),
    object('negative dentry of a probe', probes, DENTRY_BYTES, 4, 'lookup', false),
    object('dentry and inode of the program', 2, DENTRY_BYTES + INODE_BYTES, 4, 'lookup'),
  ];
}

/** CAL: sizes of 6.18.44 on x86-64, the inode one of ext4. */
const DENTRY_BYTES = 192;
const INODE_BYTES = 1128;

/** What one exec makes and keeps: taken from a child that is made for it and ends. */
function execObjects({ kernel, parent }: Pick<SpawnWorld, 'kernel' | 'parent'>): SpawnObject[] {
  const child = vfork(kernel, parent);
  assert(!isRefusal(child), 'a child can be made');
  const { path, name } = DYNAMIC_TOOL;
  const { result, counted, call } = execveCounted(kernel, child, { path, argv: [name], envp: [] });
  assert(result === 'running', 'the program of the experiments runs');
  const { loaded } = call;
  const tables =
    loaded.of('pgd_alloc') +
    loaded.of('p4d_pud_alloc') +
    loaded.of('pmd_alloc') +
    loaded.of('pte_alloc');
  const pages = loaded.of('user_pages');
  const {
    mm,
    vma,
    anonVma,
    anonVmaChain,
    mapleNode,
    file,
    fileBlob,
    bprm,
    name: names,
  } = EXEC_SLABS;
  const made = (cache: string): number => counted.slabs[cache]?.allocs ?? 0;
  exitGroupWith(kernel, child, 0);
  return [
    object('filp of the program', 1, file.bytes + fileBlob.bytes, 4, 'lookup'),
    object(
      'names and headers, freed again',
      made(names.cache) + 1,
      names.bytes,
      3,
      'memory',
      false,
    ),
    object('linux_binprm, freed again', 1, bprm.bytes, 3, 'memory', false),
    object('mm_struct', 1, mm.bytes, 3, 'memory'),
    object('mappings', loaded.of('vm_area_alloc'), vma.bytes, 3, 'memory'),
    object('maple nodes', made(mapleNode.cache), mapleNode.bytes, 3, 'memory'),
    object(
      'anon_vmas',
      loaded.of('anon_vma_prepare'),
      anonVma.bytes + anonVmaChain.bytes,
      3,
      'memory',
    ),
    object('page tables', tables, PAGE, 3, 'memory'),
    object('argument pages', pages, PAGE, 3, 'memory'),
  ];
}
