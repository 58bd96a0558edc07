// N processes loop {think U[1, 2Z], take a FIFO lock, hold 50, give it back} with Z = 50 N: the engine
// with its ledger on, beside a plain one with an object a pending event on a binary heap. An event is the
// end of a thought, of a wait for the lock or of a hold, on both sides. One variant a process, in turn;
// prints events per second, medians and the ratio of the two.
//
//   node bench/lock-workload.mjs

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HOLD_PS = 50_000;
const EVENTS = 4_000_000;
const ROUNDS = 5;

/** By CPUs, a function that runs some events and tells how many it were. */
export const variants = { engine, 'object heap': objectHeap };

if (process.argv[1] !== import.meta.filename) {
  // Imported by a benchmark of all packages, which runs the variants itself.
} else if (process.argv[2] !== undefined) {
  const [, , name, cpus] = process.argv;
  console.log(JSON.stringify(timed(await variants[name](Number(cpus)))));
} else {
  for (const cpus of [16, 256, 4096]) compare(cpus);
}

function compare(cpus) {
  const rates = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(variants)) {
      const args = [fileURLToPath(import.meta.url), name, String(cpus)];
      rates[name].push(JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout));
    }
  }
  const [ours, plain] = Object.values(rates).map(median);
  console.log(
    `${cpus} CPUs: engine ${(ours / 1e6).toFixed(1)} M events/s, object heap ` +
      `${(plain / 1e6).toFixed(1)} M events/s, ratio ${(ours / plain).toFixed(2)}`,
  );
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Runs `step(events)` once to warm up and once timed; returns events per second. */
function timed(step) {
  step(EVENTS / 4);
  const start = performance.now();
  const events = step(EVENTS);
  return events / ((performance.now() - start) / 1000);
}

function free(unit) {
  return { value: 0, unit, low: 0, high: 0, provenance: 'estimated', source: 'the workload' };
}

function ns(value) {
  return { ...free('ns'), value, high: value };
}

async function engine(cpus) {
  const { compileForever, lock, path, Simulation, uniformDistance, unlock, wait, work } =
    await import('../dist/index.js');
  const profile = {
    name: 'free',
    description: 'nothing costs anything but thinking and holding',
    figures: {
      think: ns((HOLD_PS * cpus) / 1000),
      hold: ns(HOLD_PS / 1000),
      'line.hit': free('ns'),
      'line.memory': free('ns'),
      'line.overlap': free('ratio'),
      'lock.atomic': free('ns'),
      'lock.handover-transfers': free('count'),
      'lock.ticket-share': free('ratio'),
      'transfer.any': free('ns'),
      'transfer.contention': free('ratio'),
    },
  };
  const cycle = path(
    'cycle',
    wait('think', 'think', 'uniform'),
    lock('l'),
    work('hold', 'hold'),
    unlock('l'),
  );
  const simulation = new Simulation({
    cpuCount: cpus,
    program: compileForever(cycle),
    state: () => undefined,
    profile,
    distances: uniformDistance('any'),
    locks: { l: { kind: 'queued' } },
    seed: 1,
  });
  return (events) => simulation.run({ eventCountMax: events });
}

function before(a, b) {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

/** The obvious engine: an object for each pending event, on a binary heap ordered by time. */
function objectHeap(cpus) {
  const think = HOLD_PS * cpus;
  const heap = [];
  let sequence = 0;
  const push = (added) => {
    let at = heap.push(added) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(heap[at], heap[up])) break;
      const event = heap[at];
      heap[at] = heap[up];
      heap[up] = event;
      at = up;
    }
  };
  const pop = () => {
    const top = heap[0];
    const last = heap.pop();
    if (heap.length > 0) {
      heap[0] = last;
      for (let at = 0; ;) {
        let least = at;
        const left = 2 * at + 1;
        const right = left + 1;
        if (left < heap.length && before(heap[left], heap[least])) least = left;
        if (right < heap.length && before(heap[right], heap[least])) least = right;
        if (least === at) break;
        const event = heap[at];
        heap[at] = heap[least];
        heap[least] = event;
        at = least;
      }
    }
    return top;
  };
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state * 2 ** -32;
  };
  const waiting = [];
  let held = false;
  const later = (time, cpu, holding) => push({ time, sequence: sequence++, cpu, holding });
  for (let cpu = 0; cpu < cpus; cpu++) later(Math.round(think * (0.5 + random())), cpu, false);
  return (events) => {
    let count = 0;
    while (count < events) {
      count++;
      const { time, cpu, holding } = pop();
      if (holding) {
        if (waiting.length > 0) {
          later(time + HOLD_PS, waiting.shift(), true);
          count++;
        } else held = false;
        later(time + Math.round(think * (0.5 + random())), cpu, false);
      } else if (held) {
        waiting.push(cpu);
      } else {
        held = true;
        later(time + HOLD_PS, cpu, true);
      }
    }
    return count;
  };
}
