// How fast recordings are read on one core, up to the statistics: lines a second and MB a second, beside
// merely cutting the same bytes into lines. One variant a process, the variants in turn, medians of the
// rounds. Run with `npm run bench -w @forkless/trace`; a folder with recordings may be given.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createReader, StatisticsFold } from '../dist/index.js';

const ROUNDS = 5;
const BYTES = 64 << 20;
const CHUNK = 1 << 18;
const own = join(import.meta.dirname, '..', 'test', 'recorded');
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const kinds = {
  strace: { format: 'strace', sign: /\.strace\.txt(\.gz)?$/ },
  perf: { format: 'tracepoint', sign: /\.perf\.txt(\.gz)?$/ },
  ftrace: { format: 'tracepoint', sign: /\.ftrace\.txt(\.gz)?$/ },
  forkstate: { format: 'forkstate', sign: /\.forkstate\.txt(\.gz)?$/ },
};

/** The recordings of a kind, again and again up to 64 MB. */
function recordingsOf(kind, folder) {
  const files = readdirSync(folder).filter((name) => kinds[kind].sign.test(name));
  const texts = files.map((name) => {
    const bytes = readFileSync(join(folder, name));
    return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  });
  const size = sizeOf(texts);
  return size === 0 ? [] : Array.from({ length: Math.ceil(BYTES / size) }, () => texts).flat();
}

const sizeOf = (texts) => texts.reduce((sum, { length }) => sum + length, 0);
const sum = (values) => values.reduce((total, value) => total + value, 0);

function read(kind, bytes) {
  const fold = new StatisticsFold();
  const reader = createReader(kinds[kind].format, { onEvent: (event) => fold.take(event) });
  for (let at = 0; at < bytes.length; at += CHUNK) reader.push(bytes.subarray(at, at + CHUNK));
  const { lines } = reader.end();
  fold.end();
  return lines;
}

function split(bytes) {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

const [kind, what, folder = own] = process.argv.slice(2);
if (what === 'read' || what === 'split') {
  const texts = recordingsOf(kind, folder);
  if (texts.length === 0) process.exit(0);
  const run = () => sum(texts.map((bytes) => (what === 'read' ? read(kind, bytes) : split(bytes))));
  run();
  // Time of the processor and not of the clock, so that other work on the machine counts less.
  const from = process.cpuUsage();
  const lines = run();
  const { user, system } = process.cpuUsage(from);
  const seconds = (user + system) / 1e6;
  console.log(JSON.stringify({ lines: lines / seconds, mb: sizeOf(texts) / 1e6 / seconds }));
} else {
  const from = kind ?? own;
  console.log(`${cpus()[0].model}, Node ${process.version}; medians of ${ROUNDS} processes`);
  const results = Object.keys(kinds).flatMap((name) =>
    ['read', 'split'].map((variant) => ({ name, variant, lines: [], mb: [] })),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const result of results) {
      const args = [import.meta.filename, result.name, result.variant, from];
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (stdout === '') continue;
      const { lines, mb } = JSON.parse(stdout);
      result.lines.push(lines);
      result.mb.push(mb);
    }
  }
  for (const { name, variant, lines, mb } of results.filter((one) => one.lines.length > 0)) {
    const splitMb = median(results.find((one) => one.name === name && one.variant === 'split').mb);
    console.log(
      `${name.padEnd(10)} ${variant.padEnd(6)} ${Math.round(median(lines)).toLocaleString('en').padStart(12)} lines/s ${median(mb).toFixed(0).padStart(6)} MB/s  ×${(median(mb) / splitMb).toFixed(3)} of splitting  (${Math.min(...mb).toFixed(0)}..${Math.max(...mb).toFixed(0)} MB/s)`,
    );
  }
}
