// How long an intersection and its weight take, beside BigInt and Set: one variant a process, the
// variants in turn, medians of the rounds. Run with `npm run bench -w @forkless/bitmap`.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { Bitmap } from '../dist/index.js';

const ROUNDS = 5;
const WIDTHS = [64, 256, 1024];
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** A fixed pseudo-random pair of lists of a third of the bits. */
const lists = (nbits) =>
  [7, 11].map((step) => Array.from({ length: nbits / 3 }, (_, i) => (i * step * 5 + 3) % nbits));

const makers = {
  'Uint32Array, and + weight': (nbits) => {
    const [a, b] = lists(nbits).map((bits) => Bitmap.of(nbits, bits));
    const out = new Bitmap(nbits);
    return () => out.and(a, b).weight();
  },
  'Uint32Array, weightAnd': (nbits) => {
    const [a, b] = lists(nbits).map((bits) => Bitmap.of(nbits, bits));
    return () => a.weightAnd(b);
  },
  BigInt: (nbits) => {
    const [a, b] = lists(nbits).map((bits) =>
      bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n),
    );
    return () => {
      let weight = 0;
      for (let rest = a & b; rest !== 0n; rest >>= 32n) {
        for (let word = Number(rest & 0xffffffffn) | 0; word !== 0; word &= word - 1) weight++;
      }
      return weight;
    };
  },
  Set: (nbits) => {
    const [a, b] = lists(nbits).map((bits) => new Set(bits));
    return () => {
      let weight = 0;
      for (const bit of a) if (b.has(bit)) weight++;
      return weight;
    };
  },
};

const time = (run, count) => {
  let sink = 0;
  const from = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sink += run();
  const ns = Number(process.hrtime.bigint() - from) / count;
  return sink < 0 ? Number.NaN : ns;
};

if (process.argv[2] !== undefined) {
  const run = makers[process.argv[2]](Number(process.argv[3]));
  time(run, 200_000);
  console.log(median(Array.from({ length: 9 }, () => time(run, 200_000))));
} else {
  console.log(`${cpus()[0].model}, Node ${process.version}; median ns of ${ROUNDS} processes`);
  for (const nbits of WIDTHS) {
    const names = Object.keys(makers);
    const results = names.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      names.forEach((name, i) => {
        const { stdout } = spawnSync(process.execPath, [import.meta.filename, name, `${nbits}`]);
        results[i].push(Number(stdout));
      });
    }
    const base = median(results[0]);
    names.forEach((name, i) => {
      const ns = median(results[i]);
      const spread = `${Math.min(...results[i]).toFixed(1)}..${Math.max(...results[i]).toFixed(1)}`;
      console.log(
        `${nbits} bits  ${name.padEnd(26)} ${ns.toFixed(1).padStart(8)}  ×${(ns / base).toFixed(1)}  (${spread})`,
      );
    });
  }
}
