// Simulated create and exit pairs per second of this machine's own time: 20 processes that create and
// join threads, each on a CPU of its own, with the locking of 6.18 and of 7.0, every line that a call
// touches charged for, as the experiment does it. The real machine does 465 000 pairs of 6.18 a second. A
// process of its own a kernel; medians.
//
//   node bench/thread-churn.bench.mjs

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileForever, SERVER_2025, Simulation, uniformDistance } from '@forkless/sim';
import { IdrIds, PID_KERNELS, PidNamespaces, PIDMAP_LOCK, threadChurnPath } from '../dist/index.js';

const PROCESSES = 20;
const EVENTS = 10_000_000;
const ROUNDS = 3;
const PUBLISHED = 465_000;

const kernel = process.argv[2];
if (kernel !== undefined) {
  console.log(pairsPerSecond(kernel));
} else {
  for (const name of ['6.18', '7.0']) {
    const rates = Array.from({ length: ROUNDS }, () => {
      const args = [fileURLToPath(import.meta.url), name];
      return Number(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
    }).toSorted((a, b) => a - b);
    const median = rates[ROUNDS >> 1];
    console.log(
      `${name}: ${Math.round(median / 1000)} k pairs/s, ×${(median / PUBLISHED).toFixed(2)} of the published 465 k of 6.18`,
    );
  }
}

function pairsPerSecond(name) {
  const pids = new PidNamespaces({
    allocator: () => new IdrIds(),
    kernel: PID_KERNELS[name],
    possibleCpuCount: 24,
  });
  const request = { namespace: pids.initial };
  for (let live = 0; live < 300; live++) pids.alloc(request);
  const transfer = {
    value: 50,
    unit: 'ns',
    low: 50,
    high: 50,
    provenance: 'estimated',
    source: 'any transfer will do here',
  };
  const simulation = new Simulation({
    cpuCount: PROCESSES,
    program: compileForever(threadChurnPath(pids)),
    state: () => pids.call(request),
    profile: { ...SERVER_2025, figures: { ...SERVER_2025.figures, 'transfer.any': transfer } },
    distances: uniformDistance('any'),
    locks: { [PIDMAP_LOCK]: { kind: 'queued' } },
    sameLines: { 'ns.count': 'pid_namespace' },
    seed: 1,
  });
  simulation.run({ eventCountMax: EVENTS / 4 });
  const before = simulation.doneCount;
  const start = process.cpuUsage();
  simulation.run({ eventCountMax: EVENTS });
  const { user, system } = process.cpuUsage(start);
  return (simulation.doneCount - before) / ((user + system) / 1e6);
}
