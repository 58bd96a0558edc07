// The kernel's own structures beside a free list, which keeps no order and does not search.
import { idgen } from '@thi.ng/idgen';
import { Idr, XArray } from '@forkless/xarray';
import { working } from '../ids.mjs';

const MIN = 300;
const END = 4_194_304;
const LIVE = 32_768;

export function freeList() {
  const ids = idgen(22, 0);
  /** @type {unknown[]} */
  const values = [];
  return {
    /** @param {object} value */
    alloc(value) {
      const id = ids.next();
      values[id] = value;
      return id;
    },
    /** @param {number} id */
    free(id) {
      values[id] = undefined;
      ids.free(id);
    },
    find: (/** @type {number} */ id) => values[id],
  };
}

function idr() {
  const ids = new Idr();
  return {
    alloc: (/** @type {object} */ value) =>
      /** @type {number} */ (ids.allocCyclic(value, MIN, END)),
    free: (/** @type {number} */ id) => void ids.remove(id),
    find: (/** @type {number} */ id) => ids.find(id),
    next: (/** @type {number} */ from) => ids.next(from)?.id ?? -1,
  };
}

function xarray() {
  const ids = new XArray({ kind: 'alloc' });
  const cyclic = { next: MIN, wrapped: false };
  return {
    alloc: (/** @type {object} */ value) =>
      /** @type {number} */ (ids.allocCyclic(value, MIN, END - 1, cyclic)),
    free: (/** @type {number} */ id) => void ids.erase(id),
    find: (/** @type {number} */ id) => ids.load(id),
    next: (/** @type {number} */ from) => ids.find(from)?.index ?? -1,
  };
}

/** @param {string} name @param {string} work @param {() => import('../ids.mjs').Ids} ours @param {object} more */
const beside = (name, work, ours, more) => ({
  id: `xarray/${name.toLowerCase()}/${work}`,
  package: 'xarray',
  what: `${name}, ${work}, ${LIVE} live ids`,
  beside: '@thi.ng/idgen and an array',
  ours: working(ours, work, LIVE),
  peer: working(freeList, work, LIVE),
  ...more,
});

export const xarrayTargets = [
  beside('Idr', 'churn', idr, { aim: 6, quick: true }),
  beside('Idr', 'tight', idr, {}),
  beside('Idr', 'find', idr, {}),
  beside('XArray', 'churn', xarray, { aim: 10, quick: true }),
  beside('XArray', 'tight', xarray, {}),
  beside('XArray', 'find', xarray, {}),
];
