// What handing out ids costs, beside @thi.ng/idgen with an array, which keeps no order and does not search:
// one variant a process, the variants in turn, medians of the rounds and their ratio to it. Run with
// `npm run bench -w @forkless/xarray`; a number after it is how many ids are live.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { idgen } from '@thi.ng/idgen';
import { Idr, XArray } from '../dist/index.js';

const ROUNDS = 5;
const MIN = 300;
const END = 4_194_304;
const value = { any: 'object' };

/** Each gives a free id, cyclically where it can, finds and takes back. */
const makers = {
  'idgen + array': () => {
    const ids = idgen(22, 0);
    const values = [];
    return {
      alloc: () => {
        const id = ids.next();
        values[id] = value;
        return id;
      },
      free: (id) => {
        values[id] = undefined;
        ids.free(id);
      },
      find: (id) => values[id],
      next: undefined,
    };
  },
  Idr: () => {
    const ids = new Idr();
    return {
      alloc: () => ids.allocCyclic(value, MIN, END),
      free: (id) => ids.remove(id),
      find: (id) => ids.find(id),
      next: (from) => ids.next(from)?.id,
    };
  },
  XArray: () => overXArray(new XArray({ kind: 'alloc' }), value),
  'XArray of integers': () => overXArray(new XArray({ kind: 'alloc', values: 'integers' }), 12_345),
};

function overXArray(ids, stored) {
  const cyclic = { next: MIN, wrapped: false };
  return {
    alloc: () => ids.allocCyclic(stored, MIN, END - 1, cyclic),
    free: (id) => ids.erase(id),
    find: (id) => ids.load(id),
    next: (from) => ids.find(from)?.index,
  };
}

/** A fixed pseudo-random sequence. */
function* random() {
  let word = 1;
  for (;;) yield (word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0);
}

const works = {
  churn: (ids, live, count) => {
    const picks = Uint32Array.from({ length: count }, taking(live.length));
    return timed(count, (at) => {
      ids.free(live[picks[at]]);
      live[picks[at]] = ids.alloc();
    });
  },
  tight: (ids, _live, count) => timed(count, () => ids.free(ids.alloc())),
  find: (ids, live, count) => {
    const picks = Uint32Array.from({ length: count }, taking(live.length));
    return timed(count, (at) => ids.find(live[picks[at]]));
  },
  'ordered next': (ids, live, count) => {
    if (ids.next === undefined) return Number.NaN;
    const rounds = Math.ceil(count / live.length);
    return (
      timed(rounds, () => {
        for (let id = ids.next(0); id !== undefined; id = ids.next(id + 1));
      }) / live.length
    );
  },
};

function taking(length) {
  const words = random();
  return () => words.next().value % length;
}

function timed(count, run) {
  const from = process.hrtime.bigint();
  for (let at = 0; at < count; at++) run(at);
  return Number(process.hrtime.bigint() - from) / count;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

if (process.argv[3] !== undefined) {
  const [, , name, liveCount] = process.argv;
  const ids = makers[name]();
  const live = Array.from({ length: Number(liveCount) }, () => ids.alloc());
  const count = 400_000;
  works.churn(ids, live, 2 * count);
  const ns = Object.entries(works).map(([work, run]) => {
    run(ids, live, count);
    return [work, median([1, 2, 3].map(() => run(ids, live, count)))];
  });
  console.log(JSON.stringify(Object.fromEntries(ns)));
} else {
  const liveCounts = process.argv[2] === undefined ? [1000, 32_768] : [Number(process.argv[2])];
  console.log(`${cpus()[0].model}, Node ${process.version}; median ns of ${ROUNDS} processes`);
  for (const liveCount of liveCounts) {
    const rounds = Array.from({ length: ROUNDS }, () =>
      Object.keys(makers).map((name) => {
        const { stdout, stderr } = spawnSync(
          process.execPath,
          [import.meta.filename, name, String(liveCount)],
          { encoding: 'utf8' },
        );
        if (stderr !== '') throw new Error(stderr);
        return JSON.parse(stdout);
      }),
    );
    const rows = Object.keys(makers).map((name, at) => [
      name,
      Object.keys(works).map((work) => median(rounds.map((round) => round[at][work]))),
    ]);
    console.log(`\n${liveCount} ids live in ${END}`);
    for (const [name, medians] of rows) {
      const cells = medians.map((ns, at) => {
        if (ns === null) return '–'.padStart(18);
        const base = rows[0][1][at];
        const ratio = base === null ? '' : ` (${(ns / base).toFixed(1)}×)`;
        return `${ns.toFixed(1)}${ratio}`.padStart(18);
      });
      console.log(`${name.padEnd(20)}${cells.join('')}`);
    }
    console.log(
      `${''.padEnd(20)}${Object.keys(works)
        .map((work) => work.padStart(18))
        .join('')}`,
    );
  }
}
