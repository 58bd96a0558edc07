import { Nodemask } from '@forkless/mm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createHolder,
  MPOL,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  rebindPolicy,
  setMempolicy,
  walkBulk,
  walkNode,
  WeightTable,
} from '../src/index.ts';
import { machineA } from './machine.ts';

const runs = { seed: 9, numRuns: Math.ceil(Number(process.env['FORKLESS_FUZZ'] ?? 10_000) / 50) };
const mems = fc.uniqueArray(fc.nat(3), { minLength: 1 }).map((nodes) => Nodemask.of(nodes));
const mask = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 });
const walks = fc.constantFrom(MPOL.INTERLEAVE, MPOL.WEIGHTED_INTERLEAVE);

function policyOf(mode: number, nodes: readonly number[]) {
  const holder = createHolder(machineA());
  return setMempolicy(holder, mode, nodes, 64) === 0 ? holder.policy : null;
}

test('a rebind to the nodes remembered changes nothing, and a second to the same neither', () => {
  fc.assert(
    fc.property(fc.constantFrom(2, 3, 6), mask, mems, (mode, nodes, next) => {
      const policy = policyOf(mode, nodes);
      if (policy === null) return;
      expect(rebindPolicy(policy, Nodemask.of([0, 1, 2, 3]))).toBe(policy);
      const once = rebindPolicy(policy, next);
      expect(rebindPolicy(once, next).equals(once)).toBe(true);
      expect(once.nodes.isSubsetOf(next)).toBe(true);
      expect(once.nodes.count).toBeGreaterThan(0);
    }),
    runs,
  );
});

test('STATIC and RELATIVE come back to where they were, whatever lay between', () => {
  const flags = fc.constantFrom(MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES);
  fc.assert(
    fc.property(
      fc.constantFrom(2, 3, 6),
      flags,
      mask,
      fc.array(mems),
      (mode, flag, nodes, list) => {
        const policy = policyOf(mode | flag, nodes);
        if (policy === null) return;
        const all = Nodemask.of([0, 1, 2, 3]);
        const back = [...list, all].reduce(rebindPolicy, policy);
        expect(back.nodes.equals(policy.nodes)).toBe(true);
        expect(back.remembered.equals(policy.remembered)).toBe(true);
      },
    ),
    runs,
  );
});

test('without a flag the number of nodes never grows, and the order of nodes is kept', () => {
  fc.assert(
    fc.property(mask, fc.array(mems), (nodes, list) => {
      let policy = policyOf(MPOL.INTERLEAVE, nodes);
      for (const next of policy === null ? [] : list) {
        const before: number = policy!.nodes.count;
        policy = rebindPolicy(policy!, next);
        expect(policy.nodes.count).toBeLessThanOrEqual(before);
      }
    }),
    runs,
  );
});

test('a bulk allocation shares out as many pages as the same walk page by page, and ends where it ends', () => {
  fc.assert(
    fc.property(
      walks,
      mask,
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
      (mode, nodes, weights, sizes) => {
        const numa = machineA();
        weights.forEach((weight, node) => numa.weights.set(node, weight));
        const [bulk, single] = [createHolder(numa), createHolder(numa)];
        for (const holder of [bulk, single]) setMempolicy(holder, mode, nodes, 64);
        if (bulk.policy === null || mode === MPOL.INTERLEAVE) return;
        for (const size of sizes) {
          const shares = [0, 0, 0, 0];
          for (const [node, pages] of walkBulk(bulk, bulk.policy, size)) shares[node]! += pages;
          const walked = [0, 0, 0, 0];
          for (let i = 0; i < size; i++) walked[walkNode(single, single.policy!)]!++;
          expect(shares).toEqual(walked);
          const [next, other] = [{ ...bulk }, { ...single }];
          expect(walkNode(next, bulk.policy)).toBe(walkNode(other, single.policy!));
        }
      },
    ),
    runs,
  );
});

test('an even bulk gives the first nodes of the walk the rest', () => {
  const holder = createHolder(machineA());
  setMempolicy(holder, MPOL.INTERLEAVE, [0, 2, 3], 64);
  expect(walkBulk(holder, holder.policy!, 8)).toEqual([
    [0, 3],
    [2, 3],
    [3, 2],
  ]);
});

test('a weight file takes one byte, in any base of C', () => {
  const table = new WeightTable(2);
  const write = (text: string) => {
    const answer = table.write(1, text);
    return answer === 0 ? table.read(1) : answer.errno;
  };
  const texts = [
    '255',
    '256',
    '0x1f',
    '010',
    '+7',
    '7\n',
    '0',
    '',
    '-1',
    ' 3',
    '3 4',
    '08',
    '0x',
    'x',
  ];
  expect(texts.map(write)).toEqual([
    '255\n',
    'EINVAL',
    '31\n',
    '8\n',
    '7\n',
    '7\n',
    '1\n',
    '1\n',
    ...Array.from({ length: 6 }, () => 'EINVAL'),
  ]);
  expect(table.write(2, '1')).toMatchObject({ errno: 'ENOENT' });
});
