import { isRefusal } from '@forkless/errors';
import { Nodemask, PAGE_SIZE, touch } from '@forkless/mm';
import { expect, test } from 'vitest';
import { explainPage, mbind, MPOL, setMempolicy, type PageExplanation } from '../src/index.ts';
import { BASE, machineA, mapAt, taskOn } from './machine.ts';

const KiB = 1024;

function explain(...args: Parameters<typeof explainPage>): PageExplanation {
  const answer = explainPage(...args);
  if (isRefusal(answer)) throw new Error(answer.reason);
  return answer;
}

test('each mode is explained, and the explanation comes true', () => {
  const numa = machineA();
  numa.weights.set(1, 3);
  const { mm, holder, placer } = taskOn(numa, { cpu: 2 });
  mapAt(mm, 64);
  const bind = (page: number, mode: number, nodemask: number[] | null) =>
    mbind(holder, {
      start: BASE + page * PAGE_SIZE,
      length: 8 * PAGE_SIZE,
      mode,
      nodemask,
      maxnode: 64,
    });
  bind(0, MPOL.INTERLEAVE, [0, 2, 3]);
  bind(8, MPOL.WEIGHTED_INTERLEAVE, [0, 1]);
  bind(16, MPOL.BIND, [2, 3]);
  bind(24, MPOL.PREFERRED, [3]);
  bind(32, MPOL.LOCAL, null);
  setMempolicy(holder, MPOL.PREFERRED_MANY, [0, 3], 64);
  const rules = [0, 8, 16, 24, 32, 40].map((page) => {
    const said = explain(holder, BASE + page * PAGE_SIZE);
    expect(said.presentNode).toBeNull();
    touch(mm, BASE + page * PAGE_SIZE, 'write', placer);
    expect(explain(holder, BASE + page * PAGE_SIZE).presentNode).toBe(said.node);
    return `${said.source}, ${said.policy}: ${said.rule}`;
  });
  expect(rules).toEqual([
    'mapping, interleave:0,2-3: index 4294967296 modulo 3 nodes is 1: node 2 of 0,2-3.',
    'mapping, weighted interleave:0-1: index 4294967304 modulo total weight 4 is 0: node 0 of node 0 × 1, node 1 × 3.',
    'mapping, bind:2-3: of nodes 2-3 the first in the order of CPU 2 on node 1.',
    'mapping, prefer:3: node 3 is preferred.',
    'mapping, local: near the CPU: CPU 2 is on node 1.',
    'task, prefer (many):0,3: of nodes 0,3 the first in the order of CPU 2 on node 1.',
  ]);
});

test('shared memory is explained by its object, and asking changes nothing', () => {
  const numa = machineA();
  const { mm, holder } = taskOn(numa);
  const object = numa.memory.createObject('shmem', 3, 16);
  mapAt(mm, 16, BASE, object);
  mbind(holder, {
    start: BASE,
    length: 64 * KiB,
    mode: MPOL.INTERLEAVE,
    nodemask: [1, 2],
    maxnode: 64,
  });
  const free = [...numa.memory.zones.free];
  expect(explain(holder, BASE)).toMatchObject({ node: 2, source: 'shared memory', index: 3 });
  expect([...numa.memory.zones.free]).toEqual(free);
  expect(explainPage(holder, BASE + 64 * KiB)).toMatchObject({ errno: 'EFAULT' });
});

test('a full node and a forbidden one are said so', () => {
  const numa = machineA();
  const { mm, holder } = taskOn(numa);
  mapAt(mm, 4);
  setMempolicy(holder, MPOL.PREFERRED, [2], 64);
  while (numa.memory.zones.free[2]! > numa.memory.zones.low[2]!) {
    numa.memory.zones.take([2], null, null);
  }
  expect(explain(holder, BASE).rule).toBe(
    'node 2 is preferred; node 2 has no memory, is full or not allowed, and node 1 follows in its fallback order.',
  );
  holder.mems = Nodemask.of([0]);
  expect(explain(holder, BASE)).toMatchObject({ node: 0, order: [0] });
});
