import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fallbackOrders, nearestNode, type NodeFacts } from '../../src/index.ts';

fc.configureGlobal({ seed: 0x666f726b, numRuns: 300 });

const machines = fc.integer({ min: 1, max: 12 }).chain((width) =>
  fc.record({
    nodes: fc
      .uniqueArray(fc.nat(1000), { minLength: width, maxLength: width })
      .map((ids) => ids.toSorted((a, b) => a - b)),
    distances: fc
      .array(fc.integer({ min: 11, max: 60 }), {
        minLength: width * width,
        maxLength: width * width,
      })
      .map((values) => values.map((value, i) => (i % (width + 1) === 0 ? 10 : value))),
    hasMemory: fc.array(fc.boolean(), { minLength: width, maxLength: width }),
    hasCpu: fc.array(fc.boolean(), { minLength: width, maxLength: width }),
  }),
);

const even = (count: number, remote: number): number[] =>
  Array.from({ length: count ** 2 }, (_, i) => (i % (count + 1) === 0 ? 10 : remote));

test('four equal nodes without a CPU on the last are ordered otherwise after a rebuild', () => {
  const facts: NodeFacts = {
    nodes: [0, 1, 2, 3],
    distances: even(4, 20),
    hasMemory: [true, true, true, true],
    hasCpu: [true, true, true, false],
  };
  expect(fallbackOrders(facts, 'boot').get(0)).toEqual([0, 1, 2, 3]);
  expect(fallbackOrders(facts, 'rebuilt').get(0)).toEqual([0, 3, 1, 2]);
});

test.for(['boot', 'rebuilt'] as const)('an order (%s) is the nodes with memory', (phase) => {
  fc.assert(
    fc.property(machines, (facts) => {
      const withMemory = facts.nodes.filter((_, i) => facts.hasMemory[i]);
      for (const [node, order] of fallbackOrders(facts, phase)) {
        expect(order.toSorted((a, b) => a - b)).toEqual(withMemory);
        if (withMemory.includes(node)) expect(order[0]).toBe(node);
      }
    }),
  );
});

test('a node that is nearer by more than the penalties comes first', () => {
  fc.assert(
    fc.property(machines, fc.constantFrom('boot' as const, 'rebuilt' as const), (facts, phase) => {
      const width = facts.nodes.length;
      for (const [node, order] of fallbackOrders(facts, phase)) {
        const row = facts.nodes.indexOf(node) * width;
        const far = order
          .filter((other) => other !== node)
          .map((other) => facts.distances[row + facts.nodes.indexOf(other)]!);
        far.slice(1).forEach((distance, i) => expect(distance).toBeGreaterThanOrEqual(far[i]! - 2));
      }
    }),
  );
});

test('the nearest node in a state is the node itself where it can be, else the lowest nearest', () => {
  const facts: NodeFacts = {
    nodes: [0, 4, 9],
    distances: [10, 20, 20, 20, 10, 15, 20, 15, 10],
    hasMemory: [true, true, false],
    hasCpu: [true, false, false],
  };
  expect(nearestNode(facts, 9, 'memory')).toBe(4);
  expect(nearestNode(facts, 9, 'cpu')).toBe(0);
  expect(nearestNode(facts, 4, 'memory')).toBe(4);
  expect(nearestNode({ ...facts, hasCpu: [false, false, false] }, 4, 'cpu')).toBeUndefined();
});
