// One side of a comparison in a process of its own: does a slice of its work whenever it is asked and
// answers with what it cost in CPU time, so that what else runs on the machine counts little.
import { loadTargets } from './load-targets.mjs';

/** CPU milliseconds a slice should take at least, so that the clock's grain does not show. */
const SLICE_MS = 40;

const [, , id, role] = process.argv;
const target = (await loadTargets()).find((one) => one.id === id);
if (target === undefined || (role !== 'ours' && role !== 'peer') || process.send === undefined) {
  throw new Error('this is started by compare.mjs');
}
const work = await target[role]();

/** CPU time from all of the process, the garbage collector's threads among it. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Nanoseconds an operation, over as many turns as fill a slice. */
function slice() {
  const from = cpuMs();
  let operations = 0;
  do operations += work();
  while (cpuMs() - from < SLICE_MS);
  return ((cpuMs() - from) * 1e6) / operations;
}

for (let warmUp = 0; warmUp < 4; warmUp++) slice();
process.on('message', () => {
  // What the last slice left behind is not paid for in this one. A full collection would drop code too.
  globalThis.gc?.({ type: 'minor' });
  process.send?.(slice());
});
process.send('ready');
