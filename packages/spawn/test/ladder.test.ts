import {
  boot,
  dropCaches,
  execve,
  fork,
  installProgram,
  mkdir,
  type Kernel,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  FORK_EXEC,
  MECHANISMS,
  NODE_AWARENESS,
  ObjectLedger,
  PRISTINE,
  spawn,
  VFORK_EXEC,
  type SpawnOptions,
} from '../src/index.ts';
import { made } from './world.ts';

const PROGRAM = { path: '/bin/tool', argv: ['tool'], envp: [], place: { node: 1 } } as const;

/** Two nodes with a CPU each; the shell runs on node 0 and has looked its program up. */
function createTwoNodes(isWarm = true): { readonly kernel: Kernel; readonly shell: Task } {
  const memory = {
    nodes: [0, 1].map((node) => ({ node, pages: 1 << 20 })),
    fallbackOrder: (node: number) => [node, 1 - node],
    nodeOfCpu: (cpu: number) => cpu,
  };
  const kernel = boot({ possibleCpuCount: 2, memory });
  mkdir({ cred: kernel.init.cred, fs: kernel.init.fs!, node: 0 }, '/bin', 0o755);
  installProgram(kernel.init, '/bin/tool');
  const shell = made(fork(kernel, kernel.init));
  execve(kernel, shell, { path: '/bin/tool', argv: ['sh'], envp: [] });
  if (!isWarm) dropCaches(kernel);
  return { kernel, shell };
}

function spawnOn(
  mechanism: (typeof MECHANISMS)[number],
  options: SpawnOptions = {},
  isWarm = true,
) {
  const { kernel, shell } = createTwoNodes(isWarm);
  const objects = new ObjectLedger();
  const { child } = made(spawn(kernel, shell, mechanism, PROGRAM, { ...options, objects }));
  return { kernel, child, objects };
}

describe('the ladder of node awareness', () => {
  test('each level leaves less of the child on the wrong node, the last nothing', () => {
    const misplaced = NODE_AWARENESS.map((awareness) => {
      const { child, objects } = spawnOn(PRISTINE, { awareness, executor: 'parent' }, false);
      expect(child.node).toBe(1);
      return objects.misplaced(1).bytes;
    });
    for (let level = 1; level < misplaced.length; level++) {
      expect(misplaced[level]!).toBeLessThan(misplaced[level - 1]!);
    }
    expect(misplaced.at(-1)).toBe(0);
  });

  test('what copy_process can be told today is the task and its stack', () => {
    const at = (awareness: 'L0' | 'L1') => {
      const { objects } = spawnOn(VFORK_EXEC, { awareness });
      return objects.rows().filter(({ node, left }) => node === 1 && left > 0);
    };
    const found = at('L1').filter((row) => row.phase === 'clone');
    expect(found.map(({ kind }) => kind)).toEqual(['task_struct', 'thread_stack']);
    expect(at('L0').filter((row) => row.phase === 'clone')).toEqual([]);
  });

  test('the eight objects and the stack of a vfork lie with the parent', () => {
    const { objects } = spawnOn(VFORK_EXEC);
    const rows = objects.misplaced(1).rows.filter(({ phase }) => phase === 'clone');
    expect(rows.map(({ kind }) => kind)).toEqual([
      'task_struct',
      'thread_stack',
      'cred',
      'kmalloc-16',
      'files_cache',
      'fs_cache',
      'sighand_cache',
      'signal_cache',
      'pid',
    ]);
    const bytes = rows.reduce((sum, row) => sum + row.left * row.bytes, 0);
    expect(bytes).toBe(10_320 + 16_384);
  });

  test('exec moves too late for the memory it has begun', () => {
    const { objects } = spawnOn(VFORK_EXEC);
    const early = objects.misplaced(1).rows.filter(({ phase }) => phase === 'exec');
    expect(early.map(({ kind }) => kind)).toContain('mm_struct');
    expect(early.find(({ kind }) => kind === 'page table')!.left).toBeGreaterThan(0);
    const late = objects.rows().filter(({ node, phase }) => node === 1 && phase === 'exec');
    expect(late.map(({ kind }) => kind)).toContain('vm_area_struct');
  });

  test('a child that wakes up on its node leaves only the task behind', () => {
    const { objects } = spawnOn(VFORK_EXEC, { moves: 'wake-up' });
    expect(objects.misplaced(1).rows.every(({ phase }) => phase === 'clone')).toBe(true);
  });

  test('the memory that fork copied is gone after exec', () => {
    const { objects } = spawnOn(FORK_EXEC);
    const copied = objects.rows().filter(({ phase }) => phase === 'clone');
    const tables = copied.find(({ kind }) => kind === 'page table')!;
    expect([tables.made > 3, tables.left]).toEqual([true, 0]);
  });

  test('names looked up by the parent stay on its node, by the child on its own', () => {
    const nodes = (lookup: 'parent' | 'child') => {
      const { objects } = spawnOn(VFORK_EXEC, { lookup }, false);
      return new Set(objects.rows().flatMap(({ kind, node }) => (kind === 'dentry' ? [node] : [])));
    };
    expect(nodes('parent')).toEqual(new Set([0]));
    expect(nodes('child')).toEqual(new Set([1]));
    const warm = spawnOn(VFORK_EXEC).objects.rows();
    expect(warm.some(({ kind }) => kind === 'dentry')).toBe(false);
  });

  test('the page tables of the ledger are those of the memory', () => {
    const { kernel, child, objects } = spawnOn(PRISTINE);
    const rows = objects.rows().filter(({ kind }) => kind === 'page table');
    const tables = rows.reduce((sum, { left }) => sum + left, 0);
    expect(tables).toBe(child.mm!.space.memory.mm.pageTable.pageCount + 1);
    expect(rows.map(({ node }) => node)).toEqual([1]);
    expect(kernel.objects).toBeUndefined();
  });
});

describe.each(MECHANISMS)('$name', (mechanism) => {
  test('goes to the node it was asked for, and one that is not there is EINVAL', () => {
    const { kernel, shell } = createTwoNodes();
    expect(made(spawn(kernel, shell, mechanism, PROGRAM)).child.node).toBe(1);
    const count = kernel.tasks.size;
    const nowhere = { ...PROGRAM, place: { node: 7 } };
    expect(spawn(kernel, shell, mechanism, nowhere)).toMatchObject({
      errno: 'EINVAL',
      at: 'place',
    });
    expect(kernel.tasks.size).toBe(count);
  });

  test('allocates the same objects on one node as on two', () => {
    const counts = (node: 0 | 1) => {
      const { kernel, shell } = createTwoNodes();
      const objects = new ObjectLedger();
      made(spawn(kernel, shell, mechanism, { ...PROGRAM, place: { node } }, { objects }));
      const sums: Record<string, number> = {};
      for (const { kind, made: count } of objects.rows()) sums[kind] = (sums[kind] ?? 0) + count;
      return sums;
    };
    expect(counts(1)).toEqual(counts(0));
  });
});

test('the scheduler, when asked, picks the node with the fewest tasks', () => {
  const { kernel, shell } = createTwoNodes();
  const request = { ...PROGRAM, place: 'ask-scheduler' } as const;
  const nodes = Array.from(
    { length: 4 },
    () => made(spawn(kernel, shell, PRISTINE, request)).child.node,
  );
  expect(nodes).toEqual([1, 1, 0, 1]);
});
