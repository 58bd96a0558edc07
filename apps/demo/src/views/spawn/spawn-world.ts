// A machine with a parent whose size is chosen: written memory, mappings, open descriptors. What a child
// takes follows from that. Runs anywhere.
import { assert, isRefusal, type Refusal } from '@forkless/errors';
import { createMemory, MAP, mmap, PAGE_SIZE, PROT, touchRange } from '@forkless/mm';
import {
  boot,
  createOpenFile,
  execve,
  fork,
  installFd,
  installProgram,
  memoryOf,
  type Kernel,
  type Task,
} from '@forkless/task';
import type { Machine } from '@forkless/topology';

/** How large the parent is. */
export interface ParentSize {
  /** Written memory, MiB. */
  readonly rssMib: number;
  /** Further mappings, of a written page each. */
  readonly mappings: number;
  /** Open descriptors. */
  readonly fds: number;
}

/** The machine and the parent, which runs on CPU 0. */
export interface SpawnWorld {
  readonly kernel: Kernel;
  readonly parent: Task;
}

/** The program that is run, with nothing in it but a page of code. */
export const TOOL = '/tool';
const MIB = 2 ** 20;
const RLIMIT_NOFILE = 7;

/** Builds it anew. O(pages + mappings + descriptors). */
export function buildWorld(machine: Machine, size: ParentSize): SpawnWorld {
  const kernel = boot({
    memory: createMemory(machine),
    possibleCpuCount: machine.cpus.length,
  });
  const { init } = kernel;
  const installed = installProgram(init, TOOL);
  assert(installed === undefined, 'a program can be installed in an empty tree');
  const parent = made(fork(kernel, init));
  made(execve(kernel, parent, { path: TOOL, argv: ['parent'], envp: [] }));
  openFds(parent, size.fds);
  mapPages(kernel, parent, size);
  return { kernel, parent };
}

function made<T>(result: T): Exclude<T, Refusal> {
  assert(!isRefusal(result), 'the parent can be made');
  return result as Exclude<T, Refusal>;
}

function openFds(parent: Task, count: number): void {
  const ops = { kind: 'null', isSeekable: false };
  parent.group.rlimits[RLIMIT_NOFILE] = { cur: count + 64, max: count + 64 };
  for (let fd = 0; fd < count; fd++) {
    installFd(parent.files!, fd, createOpenFile({ ops, path: parent.fs!.root, flags: 2 }));
  }
}

function mapPages(kernel: Kernel, parent: Task, { rssMib, mappings }: ParentSize): void {
  const mm = memoryOf(parent);
  const placer = kernel.placerOf(parent);
  mm.mapCountMax = Math.max(mm.mapCountMax, mappings + 1000);
  const map = (length: number, prot: number) => {
    const start = made(mmap(mm, { length, prot, flags: MAP.PRIVATE | MAP.ANONYMOUS }, placer));
    touchRange(mm, { start, pageCount: length / PAGE_SIZE }, 'write', placer);
  };
  if (rssMib > 0) map(rssMib * MIB, PROT.READ | PROT.WRITE);
  // Every other one can be executed, so that neighbours stay mappings of their own.
  for (let index = 0; index < mappings; index++) {
    map(PAGE_SIZE, PROT.READ | PROT.WRITE | (index % 2 === 0 ? PROT.EXEC : 0));
  }
}
