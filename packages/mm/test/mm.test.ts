import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import {
  countPages,
  createMm,
  exitMm,
  forkMm,
  HUGE_SIZE,
  MADV,
  madvise,
  MAP,
  type Mm,
  mmap,
  mprotect,
  mremap,
  MREMAP,
  munmap,
  PAGE_SIZE,
  Pages,
  type Placer,
  PROT,
  touch,
  touchRange,
  Zones,
} from '../src/index.ts';
import { oneNode } from './memory-of-one-node.ts';

const BASE = 0x100000000000;
const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE;

function anonymous(mm: Mm, placer: Placer, pageCount: number, address = BASE): number {
  const answer = mmap(
    mm,
    { address, length: pageCount * PAGE_SIZE, prot: RW, flags: ANON },
    placer,
  );
  if (typeof answer !== 'number') throw new Error(answer.reason);
  return answer;
}

function fork(mm: Mm, placer: Placer): Mm {
  const forked = forkMm(mm, placer);
  if (isRefusal(forked)) throw new Error(forked.reason);
  return forked.mm;
}

const errnoOf = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);

describe('mmap', () => {
  const { memory, placer } = oneNode();
  const mm = createMm(memory, placer);
  anonymous(mm, placer, 4);
  const ask = (change: object) =>
    errnoOf(
      mmap(mm, { address: BASE, length: PAGE_SIZE, prot: RW, flags: ANON, ...change }, placer),
    );
  test.each([
    [{ length: 0 }, 'EINVAL'],
    [{ flags: MAP.ANONYMOUS }, 'EINVAL'],
    [{ flags: MAP.SHARED | MAP.PRIVATE | MAP.ANONYMOUS }, 'EINVAL'],
    [{ address: BASE + 1 }, 'EINVAL'],
    [{}, 'EEXIST'],
    [{ address: 2 ** 47 - PAGE_SIZE }, 'ENOMEM'],
    [{ length: 2 ** 47, flags: MAP.PRIVATE | MAP.ANONYMOUS }, 'ENOMEM'],
  ])('%o is refused with %s', (change, errno) => expect(ask(change)).toBe(errno));

  test('a mapping without a place goes below the others, and joins them', () => {
    const flags = MAP.PRIVATE | MAP.ANONYMOUS;
    const first = mmap(mm, { length: PAGE_SIZE, prot: RW, flags }, placer);
    const second = mmap(mm, { length: 2 * PAGE_SIZE, prot: RW, flags }, placer);
    expect([first, second]).toEqual([0x7ffff7ffe000, 0x7ffff7ffc000]);
    expect(mm.vmas.lookup(0x7ffff7ffc000)?.pageCount).toBe(3);
  });

  test('the last mapping that vm.max_map_count allows is made, a cut beyond it refused', () => {
    const small = createMm(memory, placer);
    small.mapCountMax = 2;
    anonymous(small, placer, 3);
    expect(mprotect(small, BASE, PAGE_SIZE, PROT.READ)).toBe(0);
    expect(errnoOf(mprotect(small, BASE + 2 * PAGE_SIZE, PAGE_SIZE, PROT.READ))).toBe('ENOMEM');
    expect(munmap(small, BASE + 2 * PAGE_SIZE, PAGE_SIZE)).toBe(0);
    expect(munmap(small, BASE + PAGE_SIZE, PAGE_SIZE)).toBe(0);
    anonymous(small, placer, 3, BASE + HUGE_SIZE);
    expect(errnoOf(munmap(small, BASE + HUGE_SIZE + PAGE_SIZE, PAGE_SIZE))).toBe('ENOMEM');
  });
});

describe('faults', () => {
  test('a read maps the zero page, which no node pays for; the write after it does', () => {
    const { memory, placer } = oneNode();
    const mm = createMm(memory, placer);
    anonymous(mm, placer, 4);
    touchRange(mm, { start: BASE, pageCount: 4 }, 'read', placer);
    expect(memory.counts.user_pages).toBe(0);
    expect(touch(mm, BASE, 'write', placer)).toBe('ok');
    expect(countPages(mm, BASE, BASE + 4 * PAGE_SIZE).byNode.get(0)).toBe(1);
    expect(touch(mm, BASE + 4 * PAGE_SIZE, 'read', placer)).toBe('SIGSEGV');
  });

  test('a touch beyond the end of a file is SIGBUS', () => {
    const { memory, placer } = oneNode();
    const mm = createMm(memory, placer);
    const object = memory.createObject('page-cache', 1, 1);
    mmap(
      mm,
      { address: BASE, length: 2 * PAGE_SIZE, prot: RW, flags: MAP.SHARED | MAP.FIXED, object },
      placer,
    );
    const { result, pageCount } = touchRange(mm, { start: BASE, pageCount: 2 }, 'write', placer);
    expect([result, pageCount]).toEqual(['SIGBUS', 1]);
  });

  test('a read of shared memory maps the cached pages in the 16 around it', () => {
    const { memory, placer } = oneNode();
    const mm = createMm(memory, placer);
    const object = memory.createObject('shmem', 1, 64);
    const flags = MAP.SHARED | MAP.FIXED;
    const length = 64 * PAGE_SIZE;
    const other = BASE + HUGE_SIZE;
    for (const address of [BASE, other]) {
      mmap(mm, { address, length, prot: RW, flags, object }, placer);
    }
    touchRange(mm, { start: BASE, pageCount: 64 }, 'write', placer);
    touch(mm, other + 20 * PAGE_SIZE, 'read', placer);
    const mapped = Array.from(
      { length: 64 },
      (_, i) => mm.pageTable.entry(other / PAGE_SIZE + i) !== 0,
    );
    expect(mapped.indexOf(true)).toBe(16);
    expect(mapped.lastIndexOf(true)).toBe(31);
  });

  test('when memory runs out the touch says so and the mm is whole', () => {
    const { memory, placer } = oneNode(100);
    const mm = createMm(memory, placer);
    anonymous(mm, placer, 200);
    const { result, pageCount } = touchRange(mm, { start: BASE, pageCount: 200 }, 'write', placer);
    expect(result).toBe('OOM');
    expect(pageCount).toBe(100 - memory.zones.min[0]! - 4);
    exitMm(mm);
    expect(memory.zones.free[0]).toBe(100);
  });
});

describe('huge pages', () => {
  const huge = () => {
    const setting = oneNode();
    const mm = createMm(setting.memory, setting.placer);
    anonymous(mm, setting.placer, 1024, BASE);
    madvise(mm, BASE, 1024 * PAGE_SIZE, MADV.HUGEPAGE, setting.placer);
    touch(mm, BASE + PAGE_SIZE, 'write', setting.placer);
    return { ...setting, mm };
  };

  test('one write makes 512 pages, with a page table kept in reserve', () => {
    const { memory, mm } = huge();
    expect(countPages(mm, BASE, BASE + HUGE_SIZE)).toMatchObject({ huge: 1, anonymous: 512 });
    expect(mm.pageTable.tableCounts()).toEqual([1, 1, 1]);
    expect(memory.counts.pte_alloc).toBe(1);
  });

  test('after fork a write copies one small page; unmapping half of it leaves it whole', () => {
    const { memory, placer, mm } = huge();
    const child = fork(mm, placer);
    touch(child, BASE, 'write', placer);
    expect(memory.counts.user_pages).toBe(513);
    exitMm(child);
    expect(memory.counts.user_pages_freed).toBe(1);
    munmap(mm, BASE, HUGE_SIZE / 2);
    expect(memory.counts.user_pages_freed).toBe(1);
    munmap(mm, BASE, HUGE_SIZE);
    expect(memory.counts.user_pages_freed).toBe(513);
  });
});

describe('fork', () => {
  test('repeated forks copy the same, and a grandchild links to each ancestor', () => {
    const { memory, placer } = oneNode();
    const mm = createMm(memory, placer);
    anonymous(mm, placer, 600);
    touchRange(mm, { start: BASE, pageCount: 600 }, 'write', placer);
    const first = forkMm(mm, placer);
    const second = forkMm(mm, placer);
    if (isRefusal(first) || isRefusal(second)) throw new Error('no memory');
    expect(second.counts).toEqual(first.counts);
    expect(first.counts).toMatchObject({ ptes_copied: 600, pte_alloc: 2, avc_clone: 1 });
    const third = forkMm(first.mm, placer);
    if (isRefusal(third)) throw new Error('no memory');
    expect(third.counts).toMatchObject({ ptes_copied: 600, pte_alloc: 2, avc_clone: 2 });
    expect(exitMm(third.mm)).toMatchObject({ ptes_zapped: 600, user_pages_freed: 0, avc_free: 3 });
  });

  test('without memory for a page table it is ENOMEM and leaves nothing behind', () => {
    const { memory, placer } = oneNode(100);
    const mm = createMm(memory, placer);
    anonymous(mm, placer, 80);
    touchRange(mm, { start: BASE, pageCount: 80 }, 'write', placer);
    const spare = memory.zones.free[0]! - memory.zones.min[0]!;
    memory.zones.take([0], null, null, spare - 2);
    const before = memory.tables.inUse;
    expect(errnoOf(forkMm(mm, placer))).toBe('ENOMEM');
    expect(memory.tables.inUse).toBe(before);
  });

  test('a page that 70000 processes share is freed by the last', () => {
    const pages = new Pages();
    const handle = pages.add(3, 1, 0);
    for (let i = 1; i < 70_000; i++) pages.map(handle);
    expect([pages.mapCount(handle), pages.node(handle)]).toEqual([70_000, 3]);
    for (let i = 1; i < 70_000; i++) expect(pages.unmap(handle)).toBe(false);
    expect(pages.unmap(handle)).toBe(true);
  });
});

describe('mremap', () => {
  const moved = (isTouched: boolean) => {
    const { memory, placer } = oneNode();
    const mm = createMm(memory, placer);
    anonymous(mm, placer, 4);
    if (isTouched) touch(mm, BASE, 'write', placer);
    const flags = MREMAP.MAYMOVE | MREMAP.FIXED;
    const sizes = { oldLength: 4 * PAGE_SIZE, newLength: 8 * PAGE_SIZE };
    const newAddress = BASE + HUGE_SIZE + PAGE_SIZE;
    mremap(mm, { address: BASE, ...sizes, flags, newAddress }, placer);
    return mm.vmas.lookup(newAddress)!;
  };

  test('a mapping that had a page keeps its page offset, one that had none takes the new', () => {
    expect(moved(true).pageOffset).toBe(BASE / PAGE_SIZE);
    expect(moved(false).pageOffset).toBe((BASE + HUGE_SIZE) / PAGE_SIZE + 1);
  });
});

test('an allocation passes a node at its low watermark and comes back for what is above the min', () => {
  const zones = new Zones([
    { node: 0, pages: 1000 },
    { node: 1, pages: 1000 },
  ]);
  const nodes: number[] = [];
  for (
    let node = zones.take([0, 1], null, null);
    node >= 0;
    node = zones.take([0, 1], null, null)
  ) {
    nodes.push(node);
  }
  expect(nodes.length).toBe(1900);
  expect(nodes.slice(0, 938).every((node) => node === 0)).toBe(true);
  expect(nodes[938]).toBe(1);
  expect(nodes[938 * 2]).toBe(0);
});

describe('the end of an address space', () => {
  // @see mm/mmu_gather.c, __tlb_remove_folio_pages_size()
  test.each([
    [6, 0],
    [7, 1],
    [515, 1],
    [516, 2],
  ])('%i pages fill %i batches, each counted full one entry early', (pageCount, batches) => {
    const { memory, placer } = oneNode();
    const mm = createMm(memory, placer);
    touchRange(mm, { start: anonymous(mm, placer, pageCount), pageCount }, 'write', placer);
    expect(exitMm(mm).tlb_next_batch).toBe(batches);
  });
});
