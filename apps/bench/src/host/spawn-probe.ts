// The measured process of `forkless host spawn`: takes on a load (memory, open files, mappings), spawns in
// one way, one after the other and then many at once, and prints what it cost as one line of JSON.
import * as childProcess from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { start, spawn as hostSpawn } from '@forkless/host';
import type { SpawnLoad, SpawnSample } from './spawn-load.ts';

/** A way to spawn: what the call costs us, and a promise of the exit. */
type Way = (load: SpawnLoad) => Promise<unknown>;

function byFace(spawn: typeof childProcess.spawn): Way {
  return ({ program, pipes }) => {
    const child = spawn(program, [], { stdio: pipes ? 'pipe' : 'ignore' });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once(pipes ? 'close' : 'exit', resolve);
    });
  };
}

const ways: Readonly<Record<SpawnLoad['way'], Way>> = {
  child_process: byFace(childProcess.spawn),
  host: byFace(hostSpawn),
  'host start': async ({ program, pipes }) => {
    const stdio = pipes ? 'pipe' : 'ignore';
    const child = await start({ path: program, argv: [program], stdio: [stdio, stdio, stdio] });
    if (!child.ok) throw new Error(child.reason);
    for (const stream of child.stdio) stream?.resume();
    return child.exited;
  },
};

/** Memory with a page of its own every 4 KiB, as fork sees a heap. */
function takeMemory(mib: number): Buffer[] {
  return Array.from({ length: Math.ceil(mib / 64) }, (_, index) => {
    const part = Buffer.alloc(Math.min(64, mib - index * 64) << 20);
    for (let at = 0; at < part.length; at += 4096) part[at] = 1;
    return part;
  });
}

/** Each is at least one mapping of its own, with a guard that no neighbour merges with. */
function takeMappings(count: number): object[] {
  const { WebAssembly: wasm } = globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number; maximum: number }) => object };
  };
  return Array.from({ length: count }, () => new wasm.Memory({ initial: 1, maximum: 1 }));
}

function takeFiles(count: number): number[] {
  return Array.from({ length: count }, () => openSync('/dev/null', 'r'));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function oneByOne(way: Way, load: SpawnLoad) {
  const callUs: number[] = [];
  const latencyUs: number[] = [];
  for (let round = -load.warmUp; round < load.count; round++) {
    const before = performance.now();
    const ended = way(load);
    const called = performance.now();
    await ended;
    if (round < 0) continue;
    callUs.push((called - before) * 1000);
    latencyUs.push((performance.now() - before) * 1000);
  }
  return { callUs: median(callUs), latencyUs: median(latencyUs) };
}

async function manyAtOnce(way: Way, load: SpawnLoad) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = performance.now();
  const until = before + load.milliseconds;
  let made = 0;
  const worker = async () => {
    while (performance.now() < until) {
      await way(load);
      made++;
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, worker));
  const seconds = (performance.now() - before) / 1000;
  delay.disable();
  return {
    perSecond: made / seconds,
    // The timer itself takes its resolution.
    loopDelayMsP50: delay.percentile(50) / 1e6,
    loopDelayMsP99: delay.percentile(99) / 1e6,
    loopDelayMsMax: delay.max / 1e6,
  };
}

async function main(load: SpawnLoad): Promise<SpawnSample> {
  const held = [takeMemory(load.memoryMib), takeFiles(load.files), takeMappings(load.mappings)];
  const way = ways[load.way];
  const sequential = await oneByOne(way, load);
  const concurrent = await manyAtOnce(way, load);
  const [, resident = '0'] = readFileSync('/proc/self/statm', 'utf8').split(' ');
  return {
    ...sequential,
    ...concurrent,
    residentMib: held.length > 0 ? Number(resident) / 256 : 0,
    mappings: readFileSync('/proc/self/maps', 'utf8').split('\n').length - 1,
  };
}

main(JSON.parse(process.argv[2] ?? '{}') as SpawnLoad).then(
  (sample) => process.stdout.write(`${JSON.stringify(sample)}\n`),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
