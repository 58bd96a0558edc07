// Random trees of processes that share, copy, replace and write their memory: every page is mapped as often
// as its count says, and when all have ended the machine has all its memory back.
import { isRefusal } from '@forkless/errors';
import { MAP, mmap, munmap, PROT, touch, visitWithoutSplitting, type Mm } from '@forkless/mm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boot,
  clone3,
  cloneFlags,
  deliverSignals,
  execve,
  exitGroupWith,
  installProgram,
  kill,
  memoryOf,
  pidSeenBy,
  SIGNALS,
  wait4,
  WAIT,
  type CloneFlagName,
  type Kernel,
  type Task,
} from '../src/index.ts';

const PAGE = 4096;
const PAGES = 40;
const ENTRY = 2 ** 28 - 1;
const SPECIAL = 1 << 28;
const FLAGS: readonly (readonly CloneFlagName[])[] = [
  [],
  [],
  ['CLONE_VM'],
  ['CLONE_VM', 'CLONE_VFORK'],
  ['CLONE_VM', 'CLONE_SIGHAND', 'CLONE_THREAD'],
];

interface Happening {
  readonly kind: 'clone' | 'exec' | 'map' | 'unmap' | 'write' | 'read' | 'exit' | 'wait';
  readonly who: number;
  readonly pick: number;
}

function happen(kernel: Kernel, { kind, who, pick }: Happening): void {
  const alive = [...kernel.tasks].filter((task) => task.isRunnable && task !== kernel.init);
  const task = alive[who % Math.max(alive.length, 1)] ?? kernel.init;
  const mm = memoryOf(task);
  const placer = kernel.placerOf(task);
  const at = 0x10000000 + (pick % PAGES) * PAGE;
  switch (kind) {
    case 'clone': {
      // A thread of the first process would never end.
      const names = task === kernel.init ? [] : FLAGS[pick % FLAGS.length]!;
      const exitSignal = names.includes('CLONE_THREAD') ? 0 : SIGNALS.SIGCHLD;
      const made = clone3(kernel, task, { args: { flags: cloneFlags(...names), exitSignal } });
      if (!isRefusal(made)) made.node = pick % 2;
      return;
    }
    case 'exec':
      execve(kernel, task, { path: '/tool', argv: ['a'.repeat(pick * 99)], envp: [] });
      return;
    case 'map': {
      const flags = MAP.ANONYMOUS | MAP.FIXED | (pick % 3 === 0 ? MAP.SHARED : MAP.PRIVATE);
      const prot = PROT.READ | PROT.WRITE;
      mmap(mm, { address: at, length: (1 + (who % 9)) * PAGE, prot, flags }, placer);
      return;
    }
    case 'unmap':
      munmap(mm, at, (1 + (who % 9)) * PAGE);
      return;
    case 'write':
    case 'read':
      touch(mm, at, kind, placer);
      return;
    case 'exit':
      if (task !== kernel.init) exitGroupWith(kernel, task, pick);
      for (const other of kernel.tasks) deliverSignals(kernel, other);
      return;
    case 'wait':
      wait4(kernel, task, -1, WAIT.WNOHANG | WAIT.WALL);
  }
}

/** How often each page is mapped, counted the slow way over all address spaces. */
function mappings(kernel: Kernel): Map<number, number> {
  const counts = new Map<number, number>();
  const spaces = new Set<Mm>();
  for (const { mm } of kernel.tasks) if (mm !== null) spaces.add(mm.space.memory.mm);
  for (const mm of spaces) {
    visitWithoutSplitting(mm, 0, mm.taskSize, (entry) => {
      if ((entry & SPECIAL) === 0) {
        counts.set(entry & ENTRY, (counts.get(entry & ENTRY) ?? 0) + 1);
      }
    });
  }
  return counts;
}

function checkPages(kernel: Kernel): void {
  const { pages } = kernel.memory;
  for (const [page, count] of mappings(kernel)) expect(pages.mapCount(page)).toBe(count);
  const holders = new Map<Task['mm'], number>();
  for (const { mm } of kernel.tasks) if (mm !== null) holders.set(mm, (holders.get(mm) ?? 0) + 1);
  for (const [mm, count] of holders) expect(mm!.users).toBe(count);
}

function endAll(kernel: Kernel): void {
  for (let round = 0; round < 50 && kernel.tasks.size > 1; round++) {
    for (const task of kernel.tasks) {
      if (task === kernel.init) continue;
      kill(kernel, kernel.init, pidSeenBy(task, kernel.init), SIGNALS.SIGKILL);
      deliverSignals(kernel, task);
    }
    while (!isRefusal(wait4(kernel, kernel.init, -1, WAIT.WNOHANG | WAIT.WALL))) {
      if (kernel.init.children.every(({ exitState }) => exitState === 'none')) break;
    }
  }
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(
    ...([
      'clone',
      'clone',
      'exec',
      'map',
      'unmap',
      'write',
      'write',
      'read',
      'exit',
      'wait',
    ] as const),
  ),
  who: fc.nat(40),
  pick: fc.nat(200),
});

test('every page is counted and comes back, whoever shared, copied, replaced or wrote it', () => {
  const numRuns = Math.min(Math.max(60, Number(process.env['FORKLESS_FUZZ'] ?? 0) / 100), 1000);
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const kernel = boot({
        memory: {
          nodes: [0, 1].map((node) => ({ node, pages: 1 << 16 })),
          fallbackOrder: (node) => [node, 1 - node],
          nodeOfCpu: () => 0,
        },
      });
      installProgram(kernel.init, '/tool');
      for (const one of happenings) happen(kernel, one);
      checkPages(kernel);
      endAll(kernel);
      expect(kernel.tasks.size).toBe(1);
      checkPages(kernel);
      // What is left belongs to the first process and to what it and the page cache hold.
      const mm = memoryOf(kernel.init);
      const ranges = Array.from(mm.vmas, ({ start, end }) => ({ start, end }));
      for (const { start, end } of ranges) munmap(mm, start, end - start);
      const { zones, pages, tables } = kernel.memory;
      const taken = [...zones.managed].reduce((sum, all, node) => sum + all - zones.free[node]!, 0);
      expect(taken).toBeLessThanOrEqual(pages.inUse + tables.inUse);
      expect(mappings(kernel).size).toBe(0);
      const { counts } = kernel.memory;
      expect(counts.vm_area_alloc + counts.vm_area_dup).toBe(counts.vm_area_free);
    }),
    { numRuns, seed: 6 },
  );
});

test('fork and exec leave what vfork and exec leave: a memory of the program and no more', () => {
  const run = (names: readonly CloneFlagName[]) => {
    const kernel = boot();
    installProgram(kernel.init, '/tool');
    const mm = memoryOf(kernel.init);
    const placer = kernel.placerOf(kernel.init);
    const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
    mmap(
      mm,
      { address: PAGE * 512, length: 99 * PAGE, prot: PROT.READ | PROT.WRITE, flags },
      placer,
    );
    for (let page = 0; page < 99; page++) touch(mm, PAGE * (512 + page), 'write', placer);
    const args = { flags: cloneFlags(...names), exitSignal: SIGNALS.SIGCHLD };
    const child = clone3(kernel, kernel.init, { args });
    if (isRefusal(child)) throw new Error(child.reason);
    execve(kernel, child, { path: '/tool', argv: ['tool'], envp: [] });
    const { zones, tables, pages } = kernel.memory;
    const vmas = [...memoryOf(child).vmas].map(({ start, end, flags: bits }) => [start, end, bits]);
    return { vmas, free: [...zones.free], tables: tables.inUse, pages: pages.inUse };
  };
  expect(run(['CLONE_VM', 'CLONE_VFORK'])).toEqual(run([]));
});

test('a parent with 64 GiB can be forked: tables and entries are copied, pages are shared', () => {
  const kernel = boot();
  const mm = memoryOf(kernel.init);
  const placer = kernel.placerOf(kernel.init);
  const length = 64 * 2 ** 30;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
  mmap(mm, { address: 2 ** 30, length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  // One page in every table: what fork copies per table is there, what it copies per page is tested in mm.
  for (let at = 0; at < length; at += 2 ** 21) touch(mm, 2 ** 30 + at, 'write', placer);
  const before = { ...kernel.memory.counts };
  const args = { flags: cloneFlags(), exitSignal: SIGNALS.SIGCHLD };
  const child = clone3(kernel, kernel.init, { args });
  if (isRefusal(child)) throw new Error(child.reason);
  const { counts } = kernel.memory;
  expect(counts.pte_alloc - before.pte_alloc).toBe(32_768);
  expect(counts.user_pages - before.user_pages).toBe(0);
  touch(memoryOf(child), 2 ** 30, 'write', placer);
  expect(counts.user_pages - before.user_pages).toBe(1);
  exitGroupWith(kernel, child, 0);
  expect(counts.table_free - before.table_free).toBe(memoryOf(kernel.init).pageTable.pageCount + 1);
});
