// The designs of PID allocators beside a free list and beside what can be built of npm packages.
import { variants } from '../../../packages/pid/bench/variants.mjs';
import { working } from '../ids.mjs';

const LIVE = 32_768;
const FREE_LIST = '@thi.ng/idgen + array';

/** @param {string} design @param {string} work @param {string} peer @param {object} more */
const beside = (design, work, peer, more) => ({
  id: `pid/${design}/${work}/${peer.split(' ')[0]}`,
  package: 'pid',
  what: `${design}, ${work}, ${LIVE} live ids`,
  beside: peer,
  ours: working(variants[design], work, LIVE),
  peer: working(variants[peer], work, LIVE),
  ...more,
});

const builtOfPackages = [
  'Map + probe',
  'typedfastbitset + Map',
  'roaring-wasm + Map',
  'js-sdsl OrderedMap',
];

export const pidTargets = [
  beside('bitmap-hash', 'churn', FREE_LIST, { aim: 2, quick: true }),
  beside('bitmap-hash', 'tight', FREE_LIST, { aim: 2 }),
  beside('range-radix', 'churn', FREE_LIST, { aim: 2, quick: true }),
  beside('range-radix', 'tight', FREE_LIST, { aim: 2 }),
  beside('idr', 'churn', FREE_LIST, { aim: 6 }),
  beside('idr', 'walk', 'js-sdsl OrderedMap', { quick: true }),
  ...builtOfPackages.flatMap((peer) => [
    beside('bitmap-hash', 'churn', peer, { aim: 0.2 }),
    beside('range-radix', 'churn', peer, { aim: 0.2 }),
  ]),
];
