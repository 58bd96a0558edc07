// Machines of four times the CPUs and nodes: what building one and its fallback orders costs beside the
// smaller one. Linear growth is 4.
import { readSynthetic } from '@forkless/topology';

const tiny = 'pack:1 group:4 [numa(memory=8GB)] l3:1 l2:8 core:1 pu:2';
const small = 'pack:2 group:8 [numa(memory=8GB)] l3:1 l2:8 core:1 pu:2';
const large = 'pack:8 group:8 [numa(memory=8GB)] l3:1 l2:8 core:1 pu:2';

/** @param {string} layout */
const build = (layout) => () => () => (readSynthetic(layout).cpus.length > 0 ? 1 : 0);

/** @param {string} layout */
const orders = (layout) => () => () => {
  readSynthetic(layout).fallbackOrder(0);
  return 1;
};

export const topologyTargets = [
  {
    id: 'topology/build-small',
    package: 'topology',
    what: 'a machine of 256 CPUs and 16 nodes',
    beside: 'one of 64 CPUs and 4 nodes',
    ours: build(small),
    peer: build(tiny),
  },
  {
    id: 'topology/build',
    package: 'topology',
    what: 'a machine of 1024 CPUs and 64 nodes',
    beside: 'one of 256 CPUs and 16 nodes',
    ours: build(large),
    peer: build(small),
  },
  {
    id: 'topology/build-and-order',
    package: 'topology',
    what: 'the same with its fallback orders',
    beside: 'one of 256 CPUs and 16 nodes with its',
    ours: orders(large),
    peer: orders(small),
  },
];
