// What fork allocates for the address space, held against tracepoints of a real 6.18 kernel.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRefusal } from '@forkless/errors';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../tooling/vitest/recorded.ts';
import {
  createMm,
  forkMm,
  HUGE_SIZE,
  MADV,
  madvise,
  MAP,
  type Mm,
  mmap,
  mprotect,
  PAGE_SIZE,
  type Placer,
  PROT,
  touch,
  VM,
} from '../src/index.ts';
import { oneNode } from './memory-of-one-node.ts';

interface RecordedVma {
  readonly start: string;
  readonly end: string;
  readonly perms: string;
  readonly kind: string;
  readonly present: number;
  readonly anonymous: number;
  readonly huge?: number;
  readonly tables?: number;
  readonly flags: string;
  readonly repeat?: number;
  readonly stride?: number;
}
interface Recorded {
  readonly parent: {
    readonly vmas: readonly RecordedVma[];
    readonly given: { readonly depth?: number };
    readonly pageTableBytes: number;
  };
  readonly phases: readonly {
    readonly who: string;
    readonly phase: string;
    readonly slab?: readonly {
      readonly cache: string;
      readonly site: string;
      readonly count: number;
    }[];
    readonly pages?: readonly { readonly site: string; readonly count: number }[];
  }[];
}

/** Where the present pages of a mapping lie: one in each table, the rest from the start on. */
function presentPages(start: number, end: number, vma: RecordedVma): number[] {
  const tables = vma.tables ?? 0;
  const regions = Math.ceil(end / HUGE_SIZE) - Math.floor(start / HUGE_SIZE);
  const step = Math.max(1, Math.floor(regions / Math.max(tables, 1)));
  const pages = new Set<number>();
  for (let i = 0; i < tables; i++) {
    const region = Math.floor(start / HUGE_SIZE) + i * step;
    pages.add(Math.max(start, region * HUGE_SIZE));
  }
  for (let at = start; pages.size < vma.present; at += PAGE_SIZE) pages.add(at);
  return [...pages].toSorted((a, b) => a - b);
}

function build(mm: Mm, vma: RecordedVma, start: number, end: number, placer: Placer): void {
  const isShared = vma.perms[3] === 's';
  const isFile = vma.present > vma.anonymous || vma.kind === 'program' || vma.kind.startsWith('[v');
  const flags = vma.flags.split(' ');
  const object = mm.memory.createObject('page-cache', 1, (end - start) / PAGE_SIZE);
  const address = mmap(
    mm,
    {
      address: start,
      length: end - start,
      prot: PROT.READ | PROT.WRITE,
      flags:
        MAP.FIXED_NOREPLACE | (isShared ? MAP.SHARED : MAP.PRIVATE) | (isFile ? 0 : MAP.ANONYMOUS),
      name: `${vma.kind}@${start}`,
      vmFlags: (flags.includes('pf') ? VM.PFNMAP : 0) | (flags.includes('io') ? VM.IO : 0),
      ...(isFile ? { object } : {}),
    },
    placer,
  );
  expect(address).toBe(start);
  if (flags.includes('hg')) madvise(mm, start, end - start, MADV.HUGEPAGE, placer);
  if (flags.includes('dc')) madvise(mm, start, end - start, MADV.DONTFORK, placer);
  const wanted = vma.huge ? [] : presentPages(start, end, vma);
  for (let i = 0; i < (vma.huge ?? 0); i++) wanted.push(start + i * HUGE_SIZE);
  wanted.forEach((page, i) => {
    const write = i < vma.anonymous || isShared;
    expect(touch(mm, page, write ? 'write' : 'read', placer)).toBe('ok');
  });
  if (vma.perms[1] !== 'w') mprotect(mm, start, end - start, PROT.READ);
}

function parentOf(recorded: Recorded) {
  // A fault maps the pages around it; here the recording says which are mapped.
  const { memory, placer } = oneNode(10_000_000, { faultAroundPages: 1 });
  const depth = recorded.parent.given.depth ?? 0;
  let mm = createMm(memory, placer);
  for (const vma of recorded.parent.vmas) {
    if (vma.kind === '[vsyscall]') continue;
    const length = Number.parseInt(vma.end, 16) - Number.parseInt(vma.start, 16);
    for (let i = 0; i < (vma.repeat ?? 1); i++) {
      const start = Number.parseInt(vma.start, 16) + i * (vma.stride ?? 0);
      // A child of fork has not touched its vdso again, but its ancestor had.
      const isInherited = depth > 0 && vma.kind === '[vdso]';
      const seen = isInherited ? { ...vma, present: 1, tables: 1 } : vma;
      build(mm, seen, start, start + length, placer);
    }
  }
  for (let i = 0; i < depth; i++) {
    const forked = forkMm(mm, placer);
    if (isRefusal(forked)) throw new Error(forked.reason);
    mm = forked.mm;
  }
  return { mm, placer };
}

describeRecorded('fork allocates what a real kernel allocates', 'spawn/allocations', (folder) => {
  const files = readdirSync(folder).filter((name) => /^fork_(exit|exec)/.test(name));
  test('there are recordings', () => expect(files.length).toBeGreaterThan(50));
  test.each(files)('%s', (name) => {
    const recorded = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded;
    const clone = recorded.phases.find(({ who, phase }) => who === 'parent' && phase === 'clone')!;
    const slab = (cache: string, site: string) =>
      clone.slab?.find((one) => one.cache === cache && one.site === site)?.count ?? 0;
    const pages = (site: string) => clone.pages?.find((one) => one.site === site)?.count ?? 0;
    const { mm, placer } = parentOf(recorded);
    if ((recorded.parent.given.depth ?? 0) === 0) {
      expect(mm.pageTable.pageCount * PAGE_SIZE).toBe(recorded.parent.pageTableBytes);
    }
    const forked = forkMm(mm, placer);
    if (isRefusal(forked)) throw new Error(forked.reason);
    const { counts } = forked;
    expect({
      vmas: counts.vm_area_dup,
      anonVmas: counts.anon_vma_fork,
      chainClones: counts.avc_clone,
      chainForks: counts.avc_fork,
      mapleNodes: counts.maple_dup,
      pgd: counts.pgd_alloc,
      pud: counts.p4d_pud_alloc,
      pmd: counts.pmd_alloc,
      pte: counts.pte_alloc,
    }).toEqual({
      vmas: slab('vm_area_struct', 'vm_area_dup'),
      anonVmas: slab('anon_vma', 'anon_vma_fork'),
      chainClones: slab('anon_vma_chain', 'anon_vma_clone'),
      chainForks: slab('anon_vma_chain', 'anon_vma_fork'),
      mapleNodes: slab('maple_node', '__mt_dup') + slab('maple_node', 'mas_dup_alloc'),
      pgd: pages('pgd_alloc'),
      pud: pages('__pud_alloc'),
      pmd: pages('__pmd_alloc'),
      pte: pages('pte_alloc_one'),
    });
  });
});
