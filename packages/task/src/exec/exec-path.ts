// execveat as a list of steps: what is allocated and checked on the way to the point of no return, and
// what happens beyond it, in the kernel's order. Sizes are what a cache hands out on 6.18.

import {
  attempt,
  change,
  path,
  slabAlloc,
  slabFree,
  when,
  type Path,
  type PathPart,
} from '@forkless/sim';
import type { ExecCall } from './exec-call.ts';

type Part = PathPart<ExecCall>;

/** What an object of exec is: its cache with the bytes it hands out, and who asks for it. */
export interface ExecSlab {
  readonly cache: string;
  readonly bytes: number;
  /** Bytes asked for. */
  readonly requestedBytes: number;
  /** The kernel function that allocates it. */
  readonly site: string;
}

const slab = (cache: string, bytes: number, requestedBytes: number, site: string): ExecSlab => ({
  cache,
  bytes,
  requestedBytes,
  site,
});

/** Slab objects of an exec. CAL: slab sizes of 6.18.44 on x86-64. */
export const EXEC_SLABS = {
  name: slab('names_cache', 4096, 4096, 'getname_flags'),
  file: slab('filp', 192, 184, 'alloc_empty_file'),
  fileBlob: slab('lsm_file_cache', 24, 24, 'security_file_alloc'),
  bprm: slab('kmalloc-512', 512, 408, 'alloc_bprm'),
  mm: slab('mm_struct', 1600, 1568, 'mm_alloc'),
  cred: slab('cred', 192, 184, 'prepare_creds'),
  credBlob: slab('kmalloc-16', 16, 11, 'lsm_blob_alloc'),
  files: slab('files_cache', 704, 704, 'dup_fd'),
  vma: slab('vm_area_struct', 192, 192, 'vm_area_alloc'),
  anonVma: slab('anon_vma', 104, 96, '__anon_vma_prepare'),
  anonVmaChain: slab('anon_vma_chain', 64, 64, '__anon_vma_prepare'),
  mapleNode: slab('maple_node', 256, 256, 'mas_preallocate'),
} as const satisfies Readonly<Record<string, ExecSlab>>;

const KMALLOC_SMALL = [64, 128, 192, 256, 512, 1024];
const KMALLOC_LARGE = [2048, 4096, 8192, 16384, 32768, 65536, 131072];
/** Sizes kmalloc hands out; those above 8 KiB are whole pages. */
export const KMALLOC_BYTES: readonly number[] = [
  8,
  16,
  32,
  64,
  96,
  128,
  192,
  256,
  512,
  1024,
  ...KMALLOC_LARGE,
];

/** The size kmalloc hands out for so many bytes. */
export function kmallocBytes(bytes: number): number {
  return KMALLOC_BYTES.find((size) => size >= bytes) ?? 2 ** Math.ceil(Math.log2(bytes));
}

type CountOf = (call: ExecCall) => number;
const make = ({ cache, bytes }: ExecSlab, count: number | CountOf = 1): Part =>
  slabAlloc(cache, { bytes, count });
const free = ({ cache, bytes }: ExecSlab, count: number | CountOf = 1): Part =>
  slabFree(cache, { bytes, count });

const { name, file, fileBlob, bprm, mm, cred, credBlob, files } = EXEC_SLABS;
const { vma, anonVma, anonVmaChain, mapleNode } = EXEC_SLABS;
const interpreters: CountOf = (call) => call.preparation.openCount - 1;
const furtherNames: CountOf = (call) => call.preparation.nameCount - 1;
/** A node of the maple tree for the stack, and one each time it grows while strings are copied. */
const stackNodes: CountOf = (call) => call.preparation.argumentPages;

/** A step for each of the sizes: how many of the objects are of that size is known when it runs. */
function ofEachSize(
  step: typeof slabAlloc,
  sizes: readonly number[],
  objects: (call: ExecCall) => readonly number[],
): Part[] {
  return sizes.map((bytes) =>
    step(`kmalloc-${bytes}`, {
      bytes,
      count: (call: ExecCall) => {
        let count = 0;
        for (const size of objects(call)) if (kmallocBytes(size) === bytes) count++;
        return count;
      },
    }),
  );
}

/** Tables of program headers; more than 18 headers are rare. */
function headers(step: typeof slabAlloc): Part[] {
  const objects = (call: ExecCall): readonly number[] => call.preparation.phdrBytes;
  const isLarge = (call: ExecCall): boolean => objects(call).some((bytes) => bytes > 1024);
  return [
    ...ofEachSize(step, KMALLOC_SMALL, objects),
    when('many program headers', isLarge, ...ofEachSize(step, KMALLOC_LARGE, objects)),
  ];
}

/** What ends the other threads and makes the task's own what it shared. */
const apart: readonly Part[] = [
  change('end the other threads', (call) => call.endThreads()),
  when(
    'the descriptors are shared',
    (call) => call.sharesFiles,
    make(files),
    ...ofEachSize(slabAlloc, KMALLOC_BYTES, (call) => call.unsharedTable),
    change('copy the descriptors', (call) => call.unshareFiles()),
  ),
];

/** The new memory in place of the old one. */
const replaced: readonly Part[] = [
  make(vma, (call) => call.memoryCounts.vmas - 1),
  make(mapleNode, (call) => call.memoryCounts.mapleNodes - stackNodes(call)),
  make(anonVma, (call) => call.memoryCounts.anonVmas - 1),
  make(anonVmaChain, (call) => call.memoryCounts.anonVmas - 1),
  change('become the program', (call) => call.becomeProgram()),
  change('close descriptors', (call) => call.closeOnExec()),
  change('take the new credentials', (call) => call.commitCreds()),
];

/**
 * The steps of execveat(2). Before `end the other threads` a refusal takes everything back; after it
 * nothing can be refused.
 *
 * @see fs/exec.c, do_execveat_common(), begin_new_exec(), v6.18
 */
export function execPath(): Path<ExecCall> {
  return path(
    'execveat',
    make(name),
    attempt(
      'the name',
      [
        change('copy the path', (call) => call.preparation.copyName()),
        change('check the number of tasks', (call) => call.preparation.checkTaskCount()),
        make(file),
        make(fileBlob),
        attempt('the program', programSteps(), [
          free(file, 1),
          free(fileBlob, 1),
          change('let go of the program', (call) => call.preparation.drop()),
        ]),
      ],
      [free(name)],
    ),
    free(name),
  );
}

function programSteps(): Part[] {
  const stackFrees = [free(mapleNode, stackNodes), free(anonVmaChain), free(anonVma), free(vma)];
  const temporary = [free(bprm), ...headers(slabFree), free(name, furtherNames)];
  return [
    change('open the program', (call) => call.preparation.openProgram()),
    make(bprm),
    make(mm),
    attempt(
      'the new memory',
      [
        make(vma),
        attempt(
          'the stack',
          [change('copy the arguments', (call) => call.preparation.copyArguments())],
          [free(vma)],
        ),
        make(anonVma),
        make(anonVmaChain),
        make(mapleNode, stackNodes),
        make(cred),
        make(credBlob),
        change('the scheduler may move the task', (call) => call.schedExec()),
        attempt(
          'the credentials',
          [
            when(
              'not only a check',
              (call) => !call.preparation.isChecked,
              change('find the format', (call) => call.preparation.findFormat()),
              make(name, furtherNames),
              make(file, interpreters),
              make(fileBlob, interpreters),
              ...headers(slabAlloc),
              ...apart,
              change('load the program', (call) => call.loadProgram()),
              ...replaced,
              free(file, interpreters),
              free(fileBlob, interpreters),
              ...temporary,
            ),
            when(
              'only a check',
              (call) => call.preparation.isChecked,
              free(cred),
              free(credBlob),
              ...stackFrees,
              free(mm),
              free(bprm),
              free(file),
              free(fileBlob),
              change('let go of the program', (call) => call.preparation.drop()),
            ),
          ],
          [free(cred), free(credBlob), ...stackFrees],
        ),
      ],
      [free(mm), free(bprm)],
    ),
  ];
}
