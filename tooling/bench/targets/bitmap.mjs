// Intersections of wide sets and their weight.
import { Bitmap } from '@forkless/bitmap';

const NBITS = 1024;
const TURNS = 20_000;

/** A fixed pair of lists of a third of the bits. */
const lists = [7, 11].map((step) =>
  Array.from({ length: Math.floor(NBITS / 3) }, (_, i) => (i * step * 5 + 3) % NBITS),
);

let sink = 0;

/** @param {() => number} run @returns {() => number} */
const repeated = (run) => () => {
  for (let turn = 0; turn < TURNS; turn++) sink += run();
  if (sink < 0) throw new Error('a weight is not negative');
  return TURNS;
};

function ours() {
  const [a, b] = lists.map((bits) => Bitmap.of(NBITS, bits));
  const out = new Bitmap(NBITS);
  return repeated(() => out.and(a, b).weight());
}

function bigInt() {
  const [a, b] = lists.map((bits) => bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n));
  return repeated(() => {
    let weight = 0;
    for (let rest = a & b; rest !== 0n; rest >>= 32n) {
      for (let word = Number(rest & 0xffffffffn) | 0; word !== 0; word &= word - 1) weight++;
    }
    return weight;
  });
}

function set() {
  const [a, b] = lists.map((bits) => new Set(bits));
  return repeated(() => {
    let weight = 0;
    for (const bit of a) if (b.has(bit)) weight++;
    return weight;
  });
}

const what = `intersection and weight of ${NBITS} bits`;
export const bitmapTargets = [
  {
    id: 'bitmap/and-weight/bigint',
    package: 'bitmap',
    what,
    beside: 'BigInt',
    ours,
    peer: bigInt,
    quick: true,
  },
  { id: 'bitmap/and-weight/set', package: 'bitmap', what, beside: 'Set', ours, peer: set },
];
