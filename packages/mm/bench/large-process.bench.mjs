// A process of 64 GiB in 4 KiB pages: how much memory the model takes, how long filling, forking and
// ending it take. Run with `npm run bench -w @forkless/mm`.
import { cpus } from 'node:os';
import {
  createMm,
  exitMm,
  forkMm,
  LocalPlacer,
  MAP,
  Memory,
  mmap,
  PROT,
  touchRange,
} from '../dist/index.js';

const PAGES = 16 * 2 ** 20;
const memory = new Memory({
  nodes: [{ node: 0, pages: 2 * PAGES }],
  fallbackOrder: () => [0],
  nodeOfCpu: () => 0,
});
const placer = new LocalPlacer(memory, 0);
const megabytes = () => process.memoryUsage().rss / 1e6;
const timed = (what, run) => {
  const from = process.hrtime.bigint();
  const result = run();
  const ms = Number(process.hrtime.bigint() - from) / 1e6;
  console.log(
    `${what.padEnd(12)} ${ms.toFixed(0).padStart(6)} ms  ${((ms * 1e6) / PAGES).toFixed(1).padStart(6)} ns/page  ${(megabytes() - base).toFixed(0).padStart(5)} MB`,
  );
  return result;
};

console.log(`${cpus()[0].model}, Node ${process.version}; ${PAGES} pages, memory beyond the start`);
const mm = createMm(memory, placer);
const base = megabytes();
const start = mmap(
  mm,
  { length: PAGES * 4096, prot: PROT.READ | PROT.WRITE, flags: MAP.PRIVATE | MAP.ANONYMOUS },
  placer,
);
timed('touch', () => touchRange(mm, { start, pageCount: PAGES }, 'write', placer));
const { mm: child } = timed('fork', () => forkMm(mm, placer));
timed('child exit', () => exitMm(child));
timed('exit', () => exitMm(mm));
