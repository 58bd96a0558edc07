import { createMm, MAP, mmap, PAGE_SIZE, PROT, touchRange } from '@forkless/mm';
import { expect, test } from 'vitest';
import { createHolder, explainPage, mbind, MPOL, numaMaps, PolicyPlacer } from '../src/index.ts';
import { machineA } from './machine.ts';

test('the example of the README prints what it says', () => {
  const numa = machineA();
  const task = createHolder(numa, { cpu: 0 });
  const placer = new PolicyPlacer(task);
  task.mm = createMm(numa.memory, placer);
  const start = 0x100000000000;
  const length = 64 * PAGE_SIZE;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE;
  mmap(task.mm, { address: start, length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  numa.weights.set(2, 3);
  const mode = MPOL.WEIGHTED_INTERLEAVE;
  mbind(task, { start, length: 32 * PAGE_SIZE, mode, nodemask: [0, 2], maxnode: 64 });
  expect(explainPage(task, start + 5 * PAGE_SIZE)).toMatchObject({
    node: 2,
    rule: 'index 4294967301 modulo total weight 4 is 1: node 2 of node 0 × 1, node 2 × 3.',
  });
  touchRange(task.mm, { start, pageCount: 64 }, 'write', placer);
  expect(numaMaps(task))
    .toBe(`100000000000 weighted interleave:0,2 anon=32 dirty=32 N0=8 N2=24 kernelpagesize_kB=4
100000020000 default anon=32 dirty=32 N0=32 kernelpagesize_kB=4
`);
});
