import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalPlacer, Memory, objectPage } from '@forkless/mm';
import { describe, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import {
  boot,
  EXEC_SLABS,
  execveCounted,
  fetchEntry,
  fork,
  lookupPath,
  programOf,
  vfork,
  type ArgVector,
} from '../../src/index.ts';
import { createCaller, must, putFile } from '../file-world.ts';

interface Phase {
  readonly who: string;
  readonly phase: string;
  readonly slab?: readonly { cache: string; site: string; bytes: number; count: number }[];
  readonly pages?: readonly { kind: string; site: string; count: number }[];
}

interface Recording {
  readonly parent: { readonly given: Readonly<Record<string, number>> };
  readonly phases: readonly Phase[];
}

const word = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);

/** The recorder's program: 400 bytes, one segment of 9 bytes at 0x4000b0, a stack header. */
function recordedProgram(): Uint8Array {
  const code = 0x4000b0;
  const ident = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const header = [
    [word(2, 2), word(62, 2), word(1, 4), word(code, 8), word(64, 8), word(0, 8)],
    [word(0, 4), word(64, 2), word(56, 2), word(2, 2), word(0, 6)],
    [word(1, 4), word(5, 4), word(0xb0, 8), word(code, 8), word(code, 8)],
    [word(9, 8), word(9, 8), word(4096, 8)],
    [word(0x6474e551, 4), word(6, 4), word(0, 40), word(16, 8)],
  ].flat(2);
  const bytes = new Uint8Array(400);
  bytes.set([...ident, ...header, 0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]);
  return bytes;
}

/** Runs the recorded exec on the model, for a parent that gives these arguments. */
function execRecorded({ argc = 1, len = 10 }: Readonly<Record<string, number>>, shares = false) {
  const memory = new Memory({
    nodes: [{ node: 0, pages: 100_000 }],
    fallbackOrder: () => [0],
    nodeOfCpu: () => 0,
  });
  const placer = new LocalPlacer(memory, 0);
  const caller = createCaller();
  putFile(caller, '/t/static', recordedProgram(), 0o755);
  const kernel = boot({ fs: caller.fs, files: caller.files, memory });
  // The program is in the page cache already.
  const { inode } = must(lookupPath(caller, '/t/static')).dentry;
  objectPage(memory, kernel.cachedFile(inode!.content), 0, placer);
  const child = must((shares ? vfork : fork)(kernel, kernel.init));
  const argv: ArgVector = [{ text: 'a'.repeat(len), times: argc }];
  const before = { ...memory.counts };
  const { result, counted } = execveCounted(kernel, child, {
    path: '/t/static',
    argv,
    envp: ['A=1'],
  });
  expect(result).toBe('running');
  const exec = differences(memory, before);
  const loaded = { ...memory.counts };
  expect(programOf(child.mm)).toBeDefined();
  fetchEntry(child, placer);
  return { slabs: counted.slabs, exec, run: differences(memory, loaded) };
}

function differences(memory: Memory, before: Memory['counts']) {
  const of = (name: keyof Memory['counts']) => memory.counts[name] - before[name];
  return {
    pgd_alloc: of('pgd_alloc'),
    __pud_alloc: of('p4d_pud_alloc'),
    __pmd_alloc: of('pmd_alloc'),
    pte_alloc_one: of('pte_alloc'),
    do_anonymous_page: of('user_pages'),
  };
}

/** Caches bear the name of the first of equal size; a cred is a "pid" of prepare_creds. */
const MERGED: Readonly<Record<string, string>> = { cred: 'pid' };

/** What the model allocated, under the names of the recording. */
function slabCounts(slabs: ReturnType<typeof execRecorded>['slabs']): Record<string, number> {
  const named = Object.values(EXEC_SLABS).map(({ cache, site }) => [
    `${MERGED[cache] ?? cache} ${site}`,
    slabs[cache]?.allocs ?? 0,
  ]);
  const headers = ['kmalloc-128 load_elf_phdrs', slabs['kmalloc-128']?.allocs ?? 0];
  return Object.fromEntries([...named, headers].filter(([, count]) => count !== 0));
}

function recordedSlabs(phase: Phase): Record<string, number> {
  const rows = (phase.slab ?? []).filter(({ cache }) => cache !== 'percpu');
  return Object.fromEntries(rows.map(({ cache, site, count }) => [`${cache} ${site}`, count]));
}

function recordedPages(phase: Phase, names: readonly string[]): Record<string, number> {
  const rows = (phase.pages ?? []).filter(({ kind }) => kind !== 'other');
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for (const { site, count } of rows) counts[site] = (counts[site] ?? 0) + count;
  return counts;
}

describeRecorded('what a static program costs to execute', 'spawn/allocations', (folder) => {
  const files = readdirSync(folder).filter((file) => /^[a-z_]*(exec|spawn)_static--/.test(file));

  test.each(files)('%s', (file) => {
    const recording = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recording;
    const child = (name: string): Phase =>
      recording.phases.find(({ who, phase }) => who === 'child' && phase === name) ??
      ({ who: 'child', phase: name } as Phase);
    const model = execRecorded(recording.parent.given, !file.startsWith('fork'));
    expect(slabCounts(model.slabs)).toEqual(recordedSlabs(child('exec')));
    expect(model.exec).toEqual(recordedPages(child('exec'), Object.keys(model.exec)));
    expect(model.run).toEqual(recordedPages(child('run'), Object.keys(model.run)));
  });
});

describe('an exec that is refused', () => {
  test.each(['/t/none', '/t', '/t/garbage'])('%s gives back all that it allocated', (path) => {
    const caller = createCaller();
    putFile(caller, '/t/garbage', 'garbage', 0o755);
    const kernel = boot({ fs: caller.fs, files: caller.files });
    const { counted } = execveCounted(kernel, kernel.init, { path, argv: [], envp: [] });
    for (const { allocs, frees } of Object.values(counted.slabs)) expect(frees).toBe(allocs);
  });
});
