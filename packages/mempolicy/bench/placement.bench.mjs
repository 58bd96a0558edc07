// How fast pages are placed under each mode on a machine with 64 nodes, and what mbind over a million pages
// takes: CPU time, so that what else runs does not count. One variant a process, medians of the rounds. Run with `npm run bench -w @forkless/mempolicy`.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import {
  createMm,
  LocalPlacer,
  MADV,
  madvise,
  MAP,
  Memory,
  mmap,
  PROT,
  touchRange,
} from '@forkless/mm';
import {
  createHolder,
  mbind,
  MPOL,
  MPOL_MF_MOVE,
  MPOL_MF_STRICT,
  Numa,
  PolicyPlacer,
  setMempolicy,
} from '../dist/index.js';

const NODES = 64;
const PAGES = 1 << 20;
const ROUNDS = 5;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const setUp = () => {
  const order = (node) => Array.from({ length: NODES }, (_, i) => (node + i) % NODES);
  const memory = new Memory({
    nodes: order(0).map((node) => ({ node, pages: 2 * PAGES })),
    fallbackOrder: order,
    nodeOfCpu: (cpu) => cpu,
  });
  const numa = new Numa(memory);
  const mm = createMm(memory, new LocalPlacer(memory, 0));
  const holder = createHolder(numa, { mm, cpu: 5 });
  const placer = new PolicyPlacer(holder);
  const length = PAGES * 4096;
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const start = mmap(mm, { length, prot: PROT.READ | PROT.WRITE, flags }, placer);
  return { numa, mm, holder, placer, start, length };
};
const timed = (run) => {
  const from = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};
const all = Array.from({ length: NODES }, (_, node) => node);

/** Milliseconds for PAGES faults. */
const placement = (mode, nodes) => () => {
  const { numa, mm, holder, placer, start, length } = setUp();
  for (const node of all) numa.weights.set(node, 1 + (node % 7));
  setMempolicy(holder, mode, nodes, 1024);
  const round = () => {
    const ms = timed(() => touchRange(mm, { start, pageCount: PAGES }, 'write', placer));
    madvise(mm, start, length, MADV.DONTNEED, placer);
    return ms;
  };
  round();
  return median(Array.from({ length: ROUNDS }, round));
};

/** Milliseconds for one mbind over PAGES pages that are there. */
const binding = (flags, targets) => () => {
  const { mm, holder, placer, start, length } = setUp();
  touchRange(mm, { start, pageCount: PAGES }, 'write', placer);
  let turn = 0;
  const round = () =>
    timed(() => {
      const { mode, nodemask } = targets[turn++ % targets.length];
      mbind(holder, { start, length, mode, nodemask, maxnode: 1024, flags });
    });
  round();
  return median(Array.from({ length: ROUNDS }, round));
};
const bind = (...nodemask) => ({ mode: MPOL.BIND, nodemask });

const variants = {
  'place DEFAULT': placement(MPOL.DEFAULT, []),
  'place PREFERRED': placement(MPOL.PREFERRED, [40]),
  'place BIND': placement(MPOL.BIND, [40, 41]),
  'place INTERLEAVE': placement(MPOL.INTERLEAVE, all),
  'place LOCAL': placement(MPOL.LOCAL, []),
  'place PREFERRED_MANY': placement(MPOL.PREFERRED_MANY, [40, 41]),
  'place WEIGHTED_INTERLEAVE': placement(MPOL.WEIGHTED_INTERLEAVE, all),
  mbind: binding(0, [bind(5, 6), bind(5, 7)]),
  'mbind STRICT': binding(MPOL_MF_STRICT, [bind(5, 6), bind(5, 7)]),
  'mbind MOVE, all in place': binding(MPOL_MF_MOVE, [bind(5, 6), bind(5, 7)]),
  'mbind MOVE, all pages move': binding(MPOL_MF_MOVE, [bind(9), bind(10)]),
  'mbind MOVE to interleave': binding(MPOL_MF_MOVE, [
    { mode: MPOL.INTERLEAVE, nodemask: all.slice(0, 32) },
    { mode: MPOL.INTERLEAVE, nodemask: all.slice(32) },
  ]),
};

if (process.argv[2] !== undefined) {
  console.log(variants[process.argv[2]]());
} else {
  console.log(
    `${cpus()[0].model}, Node ${process.version}; ${NODES} nodes, ${PAGES} pages, median of ${ROUNDS}`,
  );
  for (const name of Object.keys(variants)) {
    const { stdout } = spawnSync(process.execPath, [import.meta.filename, name]);
    const ms = Number(stdout);
    const rate = name.startsWith('place') ? `${(PAGES / ms / 1000).toFixed(1)} M/s` : '';
    console.log(`${name.padEnd(28)} ${ms.toFixed(1).padStart(8)} ms  ${rate}`);
  }
}
