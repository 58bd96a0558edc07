import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createMm,
  exitMm,
  forkMm,
  MADV,
  madvise,
  MAP,
  type MemoryObject,
  type Mm,
  mmap,
  mprotect,
  mremap,
  MREMAP,
  munmap,
  PAGE_SIZE,
  PROT,
  PTE,
  touch,
} from '../src/index.ts';
import { oneNode } from './memory-of-one-node.ts';
import { type Frame, PlainProcess } from './reference/plain-memory.ts';

const FUZZ = Number(process.env['FORKLESS_FUZZ'] ?? 5000);
/** 96 pages around a boundary between two page tables. */
const FIRST = 512 * 64 - 48;
const WIDTH = 96;
const PROCESSES_MAX = 6;
const prots = [PROT.NONE, PROT.READ, PROT.READ | PROT.WRITE] as const;

const at = fc.nat(WIDTH - 1);
const span = fc.integer({ min: 1, max: 24 });
const who = fc.nat(PROCESSES_MAX - 1);
const anyOperation = fc.oneof(
  fc.record({ op: fc.constant('map'), who, at, span, kind: fc.nat(2), prot: fc.nat(2) }),
  fc.record({ op: fc.constantFrom('unmap', 'dontneed', 'fork', 'exit'), who, at, span }),
  fc.record({ op: fc.constant('protect'), who, at, span, prot: fc.nat(2) }),
  fc.record({ op: fc.constant('move'), who, at, span, to: at }),
  fc.record({ op: fc.constant('fork-advice'), who, at, span, kind: fc.nat(3) }),
  fc.record({ op: fc.constantFrom('read', 'write', 'write'), who, at, span }),
);
type Operation = {
  op: string;
  who: number;
  at: number;
  span: number;
  kind?: number;
  prot?: number;
  to?: number;
};

class Pair {
  readonly setting = oneNode(100_000, { faultAroundPages: 1 });
  readonly object: MemoryObject = this.setting.memory.createObject('shmem', 7, 2 * WIDTH);
  readonly frames: (Frame | null)[] = Array.from({ length: 2 * WIDTH }, () => null);
  readonly processes: { mm: Mm; plain: PlainProcess }[] = [
    { mm: createMm(this.setting.memory, this.setting.placer), plain: new PlainProcess() },
  ];

  apply(operation: Operation): void {
    const { placer } = this.setting;
    const index = operation.who % this.processes.length;
    const { mm, plain } = this.processes[index]!;
    const first = FIRST + operation.at;
    const count = Math.min(operation.span, WIDTH - operation.at);
    const start = first * PAGE_SIZE;
    const length = count * PAGE_SIZE;
    switch (operation.op) {
      case 'map':
        return this.map(mm, plain, first, count, operation.kind!, prots[operation.prot!]!);
      case 'unmap':
        munmap(mm, start, length);
        return plain.unmap(first, count);
      case 'dontneed':
        madvise(mm, start, length, MADV.DONTNEED, placer);
        return plain.dontNeed(first, count);
      case 'protect': {
        const prot = prots[operation.prot!]!;
        const isWhole = plain.protect(first, count, prot);
        expect(mprotect(mm, start, length, prot) === 0).toBe(isWhole);
        return;
      }
      case 'move':
        return this.move(mm, plain, first, count, FIRST + operation.to!);
      case 'fork-advice': {
        const advice = [MADV.DONTFORK, MADV.DOFORK, MADV.WIPEONFORK, MADV.KEEPONFORK];
        return this.adviseFork(mm, plain, first, count, advice[operation.kind!]!);
      }
      case 'fork': {
        if (this.processes.length >= PROCESSES_MAX) return;
        const forked = forkMm(mm, placer);
        if ('errno' in forked) throw new Error(forked.reason);
        this.processes.push({ mm: forked.mm, plain: plain.fork() });
        return;
      }
      case 'exit':
        if (this.processes.length === 1) return;
        exitMm(mm);
        plain.exit();
        this.processes.splice(index, 1);
        return;
      default:
        for (let page = first; page < first + count; page++) {
          const write = operation.op === 'write';
          const result = touch(mm, page * PAGE_SIZE, write ? 'write' : 'read', placer);
          expect(result === 'ok').toBe(plain.touch(page, write));
        }
    }
  }

  map(mm: Mm, plain: PlainProcess, first: number, count: number, kind: number, prot: number): void {
    const flags = MAP.FIXED | [MAP.PRIVATE | MAP.ANONYMOUS, MAP.PRIVATE, MAP.SHARED][kind]!;
    const pageOffset = first - FIRST + 5;
    mmap(
      mm,
      {
        address: first * PAGE_SIZE,
        length: count * PAGE_SIZE,
        prot,
        flags,
        ...(kind === 0 ? {} : { object: this.object, pageOffset }),
      },
      this.setting.placer,
    );
    plain.unmap(first, count);
    let index = pageOffset;
    plain.map(first, count, () => ({
      prot,
      object: kind === 0 ? null : { frames: this.frames, index: index++, shared: kind === 2 },
      own: null,
      dontFork: false,
      wipeOnFork: false,
    }));
  }

  move(mm: Mm, plain: PlainProcess, from: number, wanted: number, to: number): void {
    const vma = mm.vmas.lookup(from * PAGE_SIZE);
    const count = Math.min(wanted, FIRST + WIDTH - to);
    const isOneMapping = vma !== undefined && vma.end >= (from + count) * PAGE_SIZE;
    const overlaps = to < from + count && from < to + count;
    const result = mremap(
      mm,
      {
        address: from * PAGE_SIZE,
        oldLength: count * PAGE_SIZE,
        newLength: count * PAGE_SIZE,
        flags: MREMAP.MAYMOVE | MREMAP.FIXED,
        newAddress: to * PAGE_SIZE,
      },
      this.setting.placer,
    );
    expect(typeof result === 'number').toBe(isOneMapping && !overlaps);
    if (typeof result === 'number') plain.move(from, count, to);
  }

  adviseFork(mm: Mm, plain: PlainProcess, first: number, count: number, advice: number): void {
    madvise(mm, first * PAGE_SIZE, count * PAGE_SIZE, advice, this.setting.placer);
    const wipes = advice === MADV.WIPEONFORK;
    for (let page = first; page < first + count; page++) {
      const it = plain.pages.get(page);
      if (it === undefined) continue;
      if (wipes && it.object !== null) return;
      if (advice === MADV.DONTFORK) it.dontFork = true;
      if (advice === MADV.DOFORK) it.dontFork = false;
      if (advice === MADV.WIPEONFORK) it.wipeOnFork = true;
      if (advice === MADV.KEEPONFORK) it.wipeOnFork = false;
    }
  }

  /** Every page of every process: mapped alike, allowed alike, and the same pages share the same memory. */
  compare(): void {
    const { pages } = this.setting.memory;
    const frameOf = new Map<number, Frame>();
    const seen = new Set<Frame>();
    for (const { mm, plain } of this.processes) {
      for (let page = FIRST; page < FIRST + WIDTH; page++) {
        const vma = mm.vmas.lookup(page * PAGE_SIZE);
        const expected = plain.pages.get(page);
        expect(vma === undefined).toBe(expected === undefined);
        if (vma === undefined || expected === undefined) continue;
        expect(vma.flags & 7).toBe(expected.prot);
        const entry = mm.pageTable.entry(page);
        const handle = entry & PTE.SPECIAL ? 0 : entry & PTE.VALUE;
        if (handle !== 0 && pages.isCached(handle)) {
          expect(expected.own).toBeNull();
          expect(handle).toBe(this.object.page(expected.object!.index));
          continue;
        }
        expect(handle === 0).toBe(expected.own === null);
        if (expected.own === null) continue;
        expect(frameOf.get(handle) ?? expected.own).toBe(expected.own);
        if (!frameOf.has(handle)) expect(seen.has(expected.own)).toBe(false);
        frameOf.set(handle, expected.own);
        seen.add(expected.own);
        expect(pages.mapCount(handle)).toBe(expected.own.refs);
        if (entry < 0) expect(expected.own.refs).toBe(1);
      }
    }
  }

  /** After all are gone, nothing is left and everything counted as made was counted as freed. */
  end(): void {
    const { memory } = this.setting;
    for (const { mm } of this.processes) exitMm(mm);
    memory.truncate(this.object);
    const { counts } = memory;
    expect(memory.zones.free[0]).toBe(memory.zones.managed[0]);
    expect([memory.pages.inUse, memory.tables.inUse]).toEqual([0, 0]);
    expect(counts.vm_area_free).toBe(counts.vm_area_alloc + counts.vm_area_dup);
    expect(counts.anon_vma_free).toBe(counts.anon_vma_prepare + counts.anon_vma_fork);
    expect(counts.avc_free).toBe(counts.avc_prepare + counts.avc_clone + counts.avc_fork);
    const tables = counts.pgd_alloc + counts.p4d_pud_alloc + counts.pmd_alloc + counts.pte_alloc;
    expect(counts.table_free).toBe(tables);
    expect(counts.user_pages_freed).toBe(counts.user_pages);
  }
}

test('random calls of up to six related processes agree with a model page by page', () => {
  fc.assert(
    fc.property(
      fc.array(anyOperation, { minLength: 10, maxLength: 80, size: 'max' }),
      (operations) => {
        const pair = new Pair();
        for (const one of operations) pair.apply(one as Operation);
        pair.compare();
        pair.end();
      },
    ),
    { seed: 3, numRuns: Math.ceil(FUZZ / 50) },
  );
});

test('the comparison notices a shared page that fork left writable', () => {
  const pair = new Pair();
  const one = { who: 0, at: 3, span: 1 };
  pair.apply({ op: 'map', ...one, kind: 0, prot: 2 });
  pair.apply({ op: 'write', ...one });
  pair.apply({ op: 'fork', ...one });
  pair.compare();
  const { pageTable } = pair.processes[0]!.mm;
  pageTable.setEntry(FIRST + 3, pageTable.entry(FIRST + 3) | PTE.WRITE);
  expect(() => pair.compare()).toThrow();
});
