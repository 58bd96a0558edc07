// A machine with programs and one parent whose size is chosen: resident pages, huge or not, mappings,
// descriptors, threads. Everything an experiment then counts follows from that state.

import { assert, isRefusal, type Refusal } from '@forkless/errors';
import { createMemory, MADV, madvise, MAP, mmap, PAGE_SIZE, PROT, touchRange } from '@forkless/mm';
import {
  boot,
  clone3,
  cloneFlags,
  createOpenFile,
  execve,
  fork,
  installFd,
  installProgram,
  memoryOf,
  mkdir,
  smallestProgram,
  type Kernel,
  type Task,
} from '@forkless/task';
import { preset } from '@forkless/topology';
import { elfProgram, LINKER, PROGRAMS } from './programs.ts';

/** How large a parent is, beyond a small program that was just started. */
export interface ParentSize {
  /** Written memory in MiB. */
  readonly rssMib?: number;
  /** In 2 MiB pages. */
  readonly huge?: boolean;
  /** Further mappings of one page, with every other one read-only so that none merge. */
  readonly mappings?: number;
  /** Whether their page is written. */
  readonly isTouched?: boolean;
  /** Open descriptors above the standard three. */
  readonly fds?: number;
  readonly cloexec?: boolean;
  readonly threads?: number;
}

/** The machine and its parent. */
export interface SpawnWorld {
  readonly kernel: Kernel;
  readonly parent: Task;
  /** Where the parent's written memory lies. */
  readonly heap: { readonly start: number; readonly pageCount: number };
}

const MIB = 1024 * 1024;
const HUGE = 2 * MIB;
const STANDARD_FDS = 3;
/** Descriptors may need a higher limit than a process has by default. */
const NOFILE = 1 << 20;

/** Builds the machine with its parent. O(pages + mappings + descriptors). */
export function buildWorld(machine: string, size: ParentSize = {}): SpawnWorld {
  const memory = createMemory(preset(machine));
  const kernel = boot({ memory });
  const { init } = kernel;
  const looker = { cred: init.cred, fs: init.fs!, node: 0 };
  for (const directory of ['/bin', '/lib64', '/usr', '/usr/bin', '/usr/local', '/usr/local/bin']) {
    mkdir(looker, directory, 0o755);
  }
  installProgram(init, LINKER, elfProgram());
  for (const { path, libraries } of PROGRAMS) {
    installProgram(init, path, libraries === null ? smallestProgram() : elfProgram(LINKER));
  }
  const parent = made(fork(kernel, init));
  made(execve(kernel, parent, { path: '/bin/tool', argv: ['tool'], envp: ['A=1'] }));
  addFds(parent, size);
  for (let thread = 1; thread < (size.threads ?? 1); thread++) addThread(kernel, parent);
  addMappings(kernel, parent, size);
  return { kernel, parent, heap: addHeap(kernel, parent, size) };
}

function made<T>(result: T): Exclude<T, Refusal> {
  assert(!isRefusal(result), 'the world of an experiment can be built');
  return result as Exclude<T, Refusal>;
}

function addFds(parent: Task, { fds = 0, cloexec = false }: ParentSize): void {
  const ops = { kind: 'null', isSeekable: false };
  parent.group.rlimits[7] = { cur: NOFILE, max: NOFILE };
  for (let fd = 0; fd < STANDARD_FDS + fds; fd++) {
    const file = createOpenFile({ ops, path: parent.fs!.root, flags: 2 });
    installFd(parent.files!, fd, file, cloexec && fd >= STANDARD_FDS ? 1 : 0);
  }
}

function addThread(kernel: Kernel, parent: Task): void {
  const flags = cloneFlags(
    ...(['CLONE_VM', 'CLONE_FS', 'CLONE_FILES', 'CLONE_SIGHAND', 'CLONE_THREAD'] as const),
  );
  made(clone3(kernel, parent, { args: { flags, exitSignal: 0 } }));
}

function addMappings(kernel: Kernel, parent: Task, size: ParentSize): void {
  const { mappings = 0, isTouched = true } = size;
  const mm = memoryOf(parent);
  const placer = kernel.placerOf(parent);
  mm.mapCountMax = Math.max(mm.mapCountMax, mappings + 1000);
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const start = made(
    mmap(mm, { length: Math.max(mappings, 1) * PAGE_SIZE, prot: PROT.READ, flags }, placer),
  );
  for (let index = 0; index < mappings; index++) {
    const address = start + index * PAGE_SIZE;
    const prot = index % 2 === 0 ? PROT.READ | PROT.WRITE : PROT.READ | PROT.WRITE | PROT.EXEC;
    made(mmap(mm, { address, length: PAGE_SIZE, prot, flags: flags | MAP.FIXED }, placer));
    if (isTouched) touchRange(mm, { start: address, pageCount: 1 }, 'write', placer);
  }
}

function addHeap(
  kernel: Kernel,
  parent: Task,
  { rssMib = 0, huge = false }: ParentSize,
): SpawnWorld['heap'] {
  if (rssMib === 0) return { start: 0, pageCount: 0 };
  const mm = memoryOf(parent);
  const placer = kernel.placerOf(parent);
  const length = rssMib * MIB;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const prot = PROT.READ | PROT.WRITE;
  const at = made(mmap(mm, { length: length + HUGE, prot, flags }, placer));
  const start = Math.ceil(at / HUGE) * HUGE;
  if (huge) madvise(mm, start, length, MADV.HUGEPAGE, placer);
  const heap = { start, pageCount: length / PAGE_SIZE };
  touchRange(mm, heap, 'write', placer);
  return heap;
}
