// Bends bytes: each step flips, cuts, repeats, moves or inserts something, sometimes a word that a parser may
// take for another. One seed, one sequence.

/** What parsers of numbers, lists, trees and logs stumble over. */
const SPITE = [
  '',
  '\0',
  '\n',
  '\r\n',
  '-1',
  '0x',
  '4294967296',
  '99999999999999999999',
  '1e9',
  'NaN',
  '0xf...f',
  '&a;',
  '<!ENTITY a "b">',
  '<',
  '>',
  '"',
  "'",
  '\\',
  '0-',
  ',',
  ':',
  '(',
  '[',
  '{',
  '}',
  '=',
  '<unfinished ...>',
  'resumed>',
  '__proto__',
  'constructor',
  '\uD800',
  '￿',
  '\u202e',
  ' ',
].map((word) => Buffer.from(word));

/** A small generator of whole numbers below a bound. @param {number} seed @returns {(below: number) => number} */
export function numbers(seed) {
  let x = seed | 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % Math.max(1, below);
  };
}

/** @type {readonly ((bytes: Buffer, pick: (below: number) => number, other: Buffer) => Buffer)[]} */
const steps = [
  (bytes, pick) => {
    const at = pick(bytes.length);
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << pick(8));
    return flipped;
  },
  (bytes, pick) => bytes.subarray(0, pick(bytes.length)),
  (bytes, pick) => {
    const [from, length] = [pick(bytes.length), pick(40)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  },
  (bytes, pick) => {
    const [at, from] = [pick(bytes.length), pick(bytes.length)];
    const piece = bytes.subarray(from, from + pick(60));
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
  (bytes, pick) => {
    const at = pick(bytes.length);
    const word = SPITE[pick(SPITE.length)] ?? Buffer.alloc(0);
    return Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at + pick(2) * word.length)]);
  },
  (bytes, pick, other) =>
    Buffer.concat([bytes.subarray(0, pick(bytes.length)), other.subarray(pick(other.length))]),
  (bytes, pick) => {
    const from = pick(bytes.length);
    const piece = bytes.subarray(from, from + 1 + pick(8));
    const many = Array.from({ length: 1 + pick(200) }, () => piece);
    return Buffer.concat([bytes.subarray(0, from), ...many, bytes.subarray(from)]);
  },
];

/** An input never grows beyond this, so that a slow answer is the parser's fault. */
const BYTES_MAX = 64 << 10;

/**
 * @param {Buffer} bytes @param {Buffer} other another input, to be spliced in
 * @param {(below: number) => number} pick @returns {Buffer}
 */
export function mutate(bytes, other, pick) {
  let bent = bytes;
  for (let count = 1 + pick(4); count > 0; count--) {
    bent = steps[pick(steps.length)]?.(bent, pick, other) ?? bent;
  }
  return bent.subarray(0, BYTES_MAX);
}
