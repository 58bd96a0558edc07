// The work allocators are compared by, on anything with alloc, free, find and next: churn (free a random live
// id, allocate), tight (allocate, free), find, and the ordered walk, at a number of live ids.

/**
 * @typedef {{
 *   alloc(value: object): number, free(id: number): void, find(id: number): unknown, next?(from: number): number,
 * }} Ids
 */

const TURNS = 20_000;

/** A fixed sequence of places in a list. @param {number} length */
function picks(length) {
  let x = 0x2545f491;
  return Uint32Array.from({ length: TURNS * 8 }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % length;
  });
}

/** @type {Record<string, (ids: Ids, live: number[], value: object) => import('./load-targets.mjs').Work>} */
export const works = {
  churn(ids, live, value) {
    const at = picks(live.length);
    let turn = 0;
    return () => {
      for (let count = 0; count < TURNS; count++) {
        const place = at[turn];
        turn = turn + 1 === at.length ? 0 : turn + 1;
        ids.free(live[place]);
        live[place] = ids.alloc(value);
      }
      return TURNS;
    };
  },
  tight: (ids, _live, value) => () => {
    for (let count = 0; count < TURNS; count++) ids.free(ids.alloc(value));
    return TURNS;
  },
  find(ids, live, value) {
    const at = picks(live.length);
    return () => {
      let found = 0;
      for (const place of at) if (ids.find(live[place]) === value) found++;
      if (found !== at.length) throw new Error('an id was lost');
      return found;
    };
  },
  walk: (ids) => () => {
    let count = 0;
    for (let id = ids.next?.(0) ?? -1; id >= 0; id = ids.next?.(id + 1) ?? -1) count++;
    return count;
  },
};

/**
 * @param {() => Ids | Promise<Ids>} create @param {string} work @param {number} liveCount
 * @returns {() => Promise<import('./load-targets.mjs').Work>}
 */
export const working = (create, work, liveCount) => async () => {
  const ids = await create();
  const value = {};
  const live = Array.from({ length: liveCount }, () => ids.alloc(value));
  // Old states differ from fresh ones, so every allocator is used for a while first.
  const churn = works.churn?.(ids, live, value);
  for (let turn = 0; turn < 20; turn++) churn?.();
  const run = works[work]?.(ids, live, value);
  if (run === undefined) throw new Error(`there is no work called ${work}`);
  return run;
};
