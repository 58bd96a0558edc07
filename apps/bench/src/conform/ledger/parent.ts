// A parent in the model with the state a recording describes: its mappings with their pages, its
// descriptors, its pid namespaces, its memory policy.

import { assert, isRefusal } from '@forkless/errors';
import {
  createMm,
  forkMm,
  HUGE_SIZE,
  LocalPlacer,
  MADV,
  madvise,
  MAP,
  Memory,
  mmap,
  mprotect,
  PAGE_SIZE,
  PROT,
  touch,
  VM,
  type Mm,
  type Placer,
} from '@forkless/mm';
import {
  boot,
  clone3,
  cloneFlags,
  createFiles,
  createFsStruct,
  createMountNamespace,
  createOpenFile,
  createSuperBlock,
  installFd,
  PagedSpace,
  TMPFS,
  type Kernel,
  type Task,
} from '@forkless/task';
import type { RecordedParent, RecordedVma } from './recording.ts';

/** A machine with the parent of one recording. */
export interface LedgerWorld {
  readonly memory: Memory;
  readonly placer: Placer;
  readonly kernel: Kernel;
  readonly parent: Task;
  /** The parent's address space. */
  readonly space: PagedSpace;
}

const PAGES = 10_000_000;

/** Builds the parent. */
export function buildWorld(recorded: RecordedParent): LedgerWorld {
  // A fault maps the pages around it; here the recording says which are mapped.
  const memory = new Memory(
    { nodes: [{ node: 0, pages: PAGES }], fallbackOrder: () => [0], nodeOfCpu: () => 0 },
    { faultAroundPages: 1 },
  );
  const placer = new LocalPlacer(memory, 0);
  const space = new PagedSpace(buildMm(memory, placer, recorded));
  const fs = createFsStruct(createMountNamespace(createSuperBlock(TMPFS)));
  const kernel = boot({ fs, memory, space });
  const parent = nested(kernel, recorded.pidNamespaceLevel);
  const files = createFiles();
  const ops = { kind: 'null', isSeekable: false };
  const numbers = new Set([
    ...Array.from({ length: recorded.fds.open - 1 }, (_, fd) => fd),
    recorded.fds.highest,
  ]);
  for (const fd of numbers) installFd(files, fd, createOpenFile({ ops, path: fs.root, flags: 2 }));
  parent.files = files;
  const { mpol = 0 } = recorded.given;
  if (mpol !== 0) parent.mempolicy = { mode: mpol, nodes: 1 };
  parent.sched = { ...parent.sched, hasUserCpus: recorded.affinitySet };
  return { memory, placer, kernel, parent, space };
}

/** A task of `level` pid namespaces that shares the first process's memory. */
function nested(kernel: Kernel, level: number): Task {
  let task = kernel.init;
  for (let at = 0; at < level; at++) {
    const flags = cloneFlags('CLONE_VM', 'CLONE_NEWPID');
    const made = clone3(kernel, task, { args: { flags, exitSignal: 17 } });
    assert(!isRefusal(made), 'a pid namespace can be made');
    task = made;
  }
  return task;
}

function buildMm(memory: Memory, placer: Placer, recorded: RecordedParent): Mm {
  const { depth = 0 } = recorded.given;
  let mm = createMm(memory, placer);
  for (const vma of recorded.vmas) {
    if (vma.kind === '[vsyscall]') continue;
    const length = Number.parseInt(vma.end, 16) - Number.parseInt(vma.start, 16);
    for (let index = 0; index < (vma.repeat ?? 1); index++) {
      const start = Number.parseInt(vma.start, 16) + index * (vma.stride ?? 0);
      // A child of fork has not touched its vdso again, but its ancestor had.
      const isInherited = depth > 0 && vma.kind === '[vdso]';
      const seen = isInherited ? { ...vma, present: 1, tables: 1 } : vma;
      mapRecorded(mm, seen, start, start + length, placer);
    }
  }
  for (let at = 0; at < depth; at++) {
    const forked = forkMm(mm, placer);
    assert(!isRefusal(forked), 'there is memory for a fork');
    ({ mm } = forked);
  }
  return mm;
}

function mapRecorded(mm: Mm, vma: RecordedVma, start: number, end: number, placer: Placer): void {
  const isShared = vma.perms[3] === 's';
  const isFile = vma.present > vma.anonymous || vma.kind === 'program' || vma.kind.startsWith('[v');
  const flags = vma.flags.split(' ');
  const object = mm.memory.createObject('page-cache', 1, (end - start) / PAGE_SIZE);
  const kind = (isShared ? MAP.SHARED : MAP.PRIVATE) | (isFile ? 0 : MAP.ANONYMOUS);
  const request = {
    address: start,
    length: end - start,
    prot: PROT.READ | PROT.WRITE,
    flags: MAP.FIXED_NOREPLACE | kind,
    name: `${vma.kind}@${start}`,
    vmFlags: (flags.includes('pf') ? VM.PFNMAP : 0) | (flags.includes('io') ? VM.IO : 0),
    ...(isFile ? { object } : {}),
  };
  assert(mmap(mm, request, placer) === start, 'a recorded mapping has its place');
  if (flags.includes('hg')) madvise(mm, start, end - start, MADV.HUGEPAGE, placer);
  if (flags.includes('dc')) madvise(mm, start, end - start, MADV.DONTFORK, placer);
  const touched =
    vma.huge === undefined || vma.huge === 0
      ? presentPages(start, end, vma)
      : Array.from({ length: vma.huge }, (_, index) => start + index * HUGE_SIZE);
  touched.forEach((page, index) => {
    touch(mm, page, index < vma.anonymous || isShared ? 'write' : 'read', placer);
  });
  if (vma.perms[1] !== 'w') mprotect(mm, start, end - start, PROT.READ);
}

/** Where the present pages of a mapping lie: one in each table, the rest from the start on. */
function presentPages(start: number, end: number, vma: RecordedVma): number[] {
  const tables = vma.tables ?? 0;
  const first = Math.floor(start / HUGE_SIZE);
  const regions = Math.ceil(end / HUGE_SIZE) - first;
  const step = Math.max(1, Math.floor(regions / Math.max(tables, 1)));
  const pages = new Set<number>();
  for (let index = 0; index < tables; index++) {
    pages.add(Math.max(start, (first + index * step) * HUGE_SIZE));
  }
  for (let at = start; pages.size < vma.present; at += PAGE_SIZE) pages.add(at);
  return [...pages].toSorted((a, b) => a - b);
}
