// How long the designs take beside what npm offers: churn (free a random live id, allocate), tight
// (allocate, free), find, and the ordered walk; with 1 k, 32 k and 1 M ids live in 4 194 304. One variant
// a process, the variants in turn; medians, and ratios to @thi.ng/idgen, which neither allocates
// cyclically nor finds the next id. `node bench/allocators.bench.mjs [live…]`; ROUNDS and ONLY from the
// environment.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { END, variants } from './variants.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const BASE = '@thi.ng/idgen + array';
const OPERATIONS = 400_000;
const WORK = ['churn', 'tight', 'find', 'walk'];
const SEED = 0x2545f491;

/** Peers that do not finish with more ids live. */
const LIVE_MAX = { 'number-allocator + Map': 1000 };

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function* xorshift(seed) {
  for (let x = seed; ;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

async function measure(name, liveCount) {
  const ids = await variants[name]();
  const random = xorshift(SEED);
  const value = {};
  const live = Array.from({ length: liveCount }, () => ids.alloc(value));
  const bytesDense = ids.bytes?.() ?? 0;
  const picks = Uint32Array.from({ length: OPERATIONS }, () => random.next().value % liveCount);
  const churn = () => {
    for (let i = 0; i < OPERATIONS; i++) {
      const at = picks[i];
      ids.free(live[at]);
      live[at] = ids.alloc(value);
    }
    return OPERATIONS;
  };
  const tight = () => {
    for (let i = 0; i < OPERATIONS; i++) ids.free(ids.alloc(value));
    return OPERATIONS;
  };
  let sink = 0;
  const find = () => {
    for (let i = 0; i < OPERATIONS; i++) if (ids.find(live[picks[i]]) === value) sink++;
    return OPERATIONS;
  };
  const walk = () => {
    if (ids.next === undefined) return 0;
    let count = 0;
    const turns = Math.max(1, Math.floor(200_000 / liveCount));
    for (let turn = 0; turn < turns; turn++) {
      for (let id = ids.next(0); id >= 0; id = ids.next(id + 1)) count++;
    }
    return count;
  };
  const time = (run) => {
    // Time on the CPU, as others may be running beside this. The split into user and system is a guess.
    const from = process.cpuUsage();
    const count = run();
    const { user, system } = process.cpuUsage(from);
    return count === 0 ? null : ((user + system) * 1000) / count;
  };
  const results = {};
  const repeats = liveCount > 100_000 ? 3 : 5;
  // What hands out ids is timed once its search has come round: the code that runs only then is compiled.
  const round = Math.ceil(END / OPERATIONS);
  const warmUps = { churn: round, tight: round, find: 2, walk: 2 };
  for (const [what, run] of Object.entries({ churn, tight, find, walk })) {
    for (let turn = 0; turn < warmUps[what]; turn++) run();
    const times = Array.from({ length: repeats }, () => time(run));
    results[what] = times.includes(null) ? null : median(times);
  }
  const state = { dense: bytesDense / liveCount, churned: (ids.bytes?.() ?? 0) / liveCount };
  if (sink < 0) throw new Error('the values were found');
  return { ...results, ...state };
}

function table(liveCount, names, rows) {
  const base = rows.get(BASE);
  console.log(`\n${liveCount} live in 4 194 304, ns (× ${BASE})`);
  for (const name of names) {
    const row = rows.get(name);
    const cells = WORK.map((what) => {
      if (row[what] === null) return '–'.padStart(16);
      const ratio = base?.[what] ? ` ×${(row[what] / base[what]).toFixed(1)}` : '';
      return `${row[what].toFixed(1)}${ratio}`.padStart(16);
    });
    const bytes = row.churned > 0 ? `${row.dense.toFixed(1)} → ${row.churned.toFixed(1)} B/id` : '';
    console.log(`${name.padEnd(24)}${cells.join('')}  ${bytes}`);
  }
}

if (process.argv[2] === '--one') {
  console.log(JSON.stringify(await measure(process.argv[3], Number(process.argv[4]))));
} else {
  const lives = process.argv.slice(2).map(Number);
  const only = process.env.ONLY?.split(',');
  console.log(
    `${cpus()[0].model}, Node ${process.version}, seed ${SEED}, ${ROUNDS} processes each`,
  );
  console.log(
    `${''.padEnd(24)}${WORK.map((what) => what.padStart(16)).join('')}  state, dense → churned`,
  );
  for (const liveCount of lives.length > 0 ? lives : [1000, 32_768, 1_000_000]) {
    const names = Object.keys(variants).filter(
      (name) =>
        (only === undefined || only.includes(name) || name === BASE) &&
        liveCount <= (LIVE_MAX[name] ?? Infinity),
    );
    const runs = new Map(names.map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of names) {
        const args = [import.meta.filename, '--one', name, `${liveCount}`];
        const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
        if (stdout === '') throw new Error(`${name}: ${stderr}`);
        runs.get(name).push(JSON.parse(stdout));
      }
    }
    const rows = new Map();
    for (const [name, results] of runs) {
      const middle = (what) =>
        results[0][what] === null ? null : median(results.map((result) => result[what]));
      rows.set(
        name,
        Object.fromEntries([...WORK, 'dense', 'churned'].map((what) => [what, middle(what)])),
      );
    }
    table(liveCount, names, rows);
  }
}
