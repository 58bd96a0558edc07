// Two sides take turns, and the ratio of neighbours is what is kept: whatever slows the machine for a while
// slows both. It is measured until the median of the ratios is known well enough or the time is over.
import { fork } from 'node:child_process';
import { join } from 'node:path';

const PAIRS_MIN = 9;

/**
 * @typedef {{ ratio: number, low: number, high: number, pairs: number, oursNs: number, peerNs: number }} Comparison
 *   `ratio` is ours to the peer's, less is better; `low` and `high` hold its median in nine cases of ten;
 *   nanoseconds of CPU an operation, which only compare within one run
 */

/**
 * @param {string} id the target
 * @param {{ budgetMs: number, spread: number }} effort stop at this time, or when (high − low) / 2 is below this part of the ratio
 * @returns {Promise<Comparison>}
 */
export async function compare(id, { budgetMs, spread }) {
  const sides = await Promise.all([start(id, 'ours'), start(id, 'peer')]);
  const [ours, peer] = sides;
  try {
    const end = Date.now() + budgetMs;
    /** @type {{ ours: number, peer: number }[]} */
    const pairs = [];
    do {
      // Ours first, then the peer first: a drift within a pair does not favour one of them.
      if (pairs.length % 2 === 0)
        pairs.push({ ours: await ours.slice(), peer: await peer.slice() });
      else pairs.push(reversed(await peer.slice(), await ours.slice()));
    } while (pairs.length < PAIRS_MIN || (Date.now() < end && !isKnown(summary(pairs), spread)));
    return summary(pairs);
  } finally {
    for (const side of sides) side.stop();
  }
}

/** @param {number} peer @param {number} ours */
function reversed(peer, ours) {
  return { ours, peer };
}

/** @param {Comparison} comparison @param {number} spread */
function isKnown({ ratio, low, high }, spread) {
  return high - low < 2 * spread * ratio;
}

/**
 * The median of the ratios with the interval of order statistics that holds it in nine cases of ten.
 * @param {readonly { ours: number, peer: number }[]} pairs @returns {Comparison}
 */
export function summary(pairs) {
  const ratios = pairs.map(({ ours, peer }) => ours / peer).toSorted((a, b) => a - b);
  const count = ratios.length;
  const reach = Math.ceil(1.645 * Math.sqrt(count) * 0.5);
  const at = (/** @type {number} */ rank) => ratios[Math.min(count - 1, Math.max(0, rank))] ?? NaN;
  return {
    ratio: median(ratios),
    low: at(Math.floor((count - 1) / 2) - reach),
    high: at(Math.ceil((count - 1) / 2) + reach),
    pairs: count,
    oursNs: median(pairs.map(({ ours }) => ours)),
    peerNs: median(pairs.map(({ peer }) => peer)),
  };
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? NaN)) / 2;
}

/** @param {string} id @param {'ours' | 'peer'} role */
async function start(id, role) {
  const child = fork(join(import.meta.dirname, 'side.mjs'), [id, role], {
    execArgv: ['--expose-gc', '--max-old-space-size=3000'],
  });
  const next = () =>
    new Promise((resolve, reject) => {
      const failed = (/** @type {number | null} */ status) =>
        reject(new Error(`${id}: the process of ${role} ended with ${status}`));
      child.once('exit', failed).once('message', (message) => {
        child.off('exit', failed);
        resolve(message);
      });
    });
  await next();
  return {
    /** @returns {Promise<number>} ns an operation */
    slice() {
      const answer = next();
      child.send('go');
      return answer;
    },
    stop: () => child.kill(),
  };
}
