import { preset } from '@forkless/topology';
import { expect, test } from 'vitest';
import {
  countPages,
  createMemory,
  createMm,
  forkMm,
  LocalPlacer,
  MAP,
  mmap,
  PROT,
  touchRange,
} from '../src/index.ts';

test('the example of the README prints what it says', () => {
  const memory = createMemory(preset('epyc-2s-nps4'));
  const parent = new LocalPlacer(memory, 1);
  const mm = createMm(memory, parent);
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const at = mmap(mm, { length: 8 << 20, prot: PROT.READ | PROT.WRITE, flags }, parent);
  if (typeof at !== 'number') throw new Error(`${at.errno}: ${at.reason}`);
  touchRange(mm, { start: at, pageCount: 2048 }, 'write', parent);
  expect(countPages(mm, at, at + (8 << 20)).byNode).toEqual(new Map([[1, 2048]]));
  const forked = forkMm(mm, parent);
  if ('errno' in forked) throw new Error(forked.reason);
  const { counts } = forked;
  expect([counts.vm_area_dup, counts.pte_alloc, counts.ptes_copied]).toEqual([1, 5, 2048]);
  touchRange(forked.mm, { start: at, pageCount: 1 }, 'write', new LocalPlacer(memory, 3));
  expect([...countPages(forked.mm, at, at + (8 << 20)).byNode]).toEqual([
    [3, 1],
    [1, 2047],
  ]);
});
