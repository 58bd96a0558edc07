// Page tables are memory that is used again: whatever an address space was, what comes back is empty.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createMm,
  exitMm,
  forkMm,
  HUGE_SIZE,
  madvise,
  MADV,
  MAP,
  mmap,
  munmap,
  PAGE_SIZE,
  PROT,
  TABLE_ENTRIES,
  touch,
} from '../src/index.ts';
import { oneNode } from './memory-of-one-node.ts';

const BASE = 0x40000000;
const PAGES = 2048;
const page = fc.nat(PAGES - 1);

test('tables come back empty from an address space that ends', () => {
  const asks = fc.record({
    isHuge: fc.boolean(),
    touched: fc.array(page, { maxLength: 8 }),
    far: fc.array(fc.nat(2 ** 16), { maxLength: 3 }),
    hole: fc.option(fc.tuple(page, page)),
    forks: fc.boolean(),
  });
  fc.assert(
    fc.property(asks, ({ isHuge, touched, far, hole, forks }) => {
      const { memory, placer } = oneNode();
      const mm = createMm(memory, placer);
      const request = { prot: PROT.READ | PROT.WRITE, flags: MAP.PRIVATE | MAP.ANONYMOUS };
      mmap(mm, { ...request, address: BASE, length: PAGES * PAGE_SIZE }, placer);
      if (isHuge) madvise(mm, BASE, PAGES * PAGE_SIZE, MADV.HUGEPAGE, placer);
      for (const at of touched) touch(mm, BASE + at * PAGE_SIZE, 'write', placer);
      for (const at of far) {
        const address = HUGE_SIZE * (1 + at) * TABLE_ENTRIES;
        mmap(mm, { ...request, address, length: PAGE_SIZE }, placer);
        touch(mm, address, 'write', placer);
      }
      if (hole !== null) munmap(mm, BASE + Math.min(...hole) * PAGE_SIZE, PAGE_SIZE);
      const forked = forks ? forkMm(mm, placer) : undefined;
      if (forked !== undefined && 'mm' in forked) exitMm(forked.mm);
      exitMm(mm);
      const { tables } = memory;
      expect(tables.inUse).toBe(0);
      for (let count = 0; count < 32; count++) {
        const table = tables.add();
        const base = tables.base(table);
        const entries = tables.chunk(table).subarray(base, base + TABLE_ENTRIES);
        expect(entries.every((entry) => entry === 0)).toBe(true);
      }
    }),
    { seed: 6, numRuns: 200 },
  );
});

test('unmapping terabytes looks only at the tables that are there', () => {
  const { memory, placer } = oneNode();
  const mm = createMm(memory, placer);
  const length = 2 ** 45;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE;
  mmap(mm, { address: BASE, length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  touch(mm, BASE, 'write', placer);
  touch(mm, BASE + length - PAGE_SIZE, 'write', placer);
  munmap(mm, BASE, length);
  expect(mm.pageTable.pageCount).toBe(0);
});
