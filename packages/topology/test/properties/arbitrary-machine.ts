// Machines for properties: synthetic descriptions with nodes at several places and indexes in several orders.
import * as fc from 'fast-check';
import { type Machine, readSynthetic } from '../../src/index.ts';

/** How long random tests are; FORKLESS_FUZZ makes them longer. */
export const FUZZ = Number(process.env['FORKLESS_FUZZ'] ?? 0);

/** The seed of every property here. */
export const SEED = 0x746f706f;

const arity = fc.integer({ min: 1, max: 4 });
const memory = fc.integer({ min: 1, max: 4096 }).map((megabytes) => `memory=${megabytes}MiB`);

/** A description that is read without a warning. */
export const descriptions: fc.Arbitrary<string> = fc
  .record({
    packages: arity,
    groups: fc.option(arity, { nil: undefined }),
    nodes: fc.array(memory, { minLength: 1, maxLength: 2 }),
    caches: fc.subarray(['l3', 'l2', 'l1d', 'l1i']),
    cores: arity,
    threads: fc.constantFrom(1, 2),
    isInterleaved: fc.boolean(),
  })
  .map(({ packages, groups, nodes, caches, cores, threads, isInterleaved }) => {
    const attached = nodes.map((attributes) => `[numa(${attributes})]`).join(' ');
    const total = packages * (groups ?? 1) * cores * threads;
    const indexes =
      isInterleaved && threads > 1 && total > 2
        ? `(indexes=${threads}*${total / threads}:1*${threads})`
        : '';
    return [
      `pack:${packages}`,
      ...(groups === undefined ? [attached] : [`group:${groups}`, attached]),
      ...caches.map((cache) => `${cache}:1`),
      `core:${cores}`,
      `pu:${threads}${indexes}`,
    ].join(' ');
  });

/** A machine of such a description. */
export const machines: fc.Arbitrary<Machine> = descriptions.map((text) => readSynthetic(text));
