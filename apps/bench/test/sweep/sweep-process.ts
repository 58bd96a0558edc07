// The built command as a process of its own, for tests that kill it.
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'forkless.js');

/** A file with an experiment that answers at once. */
export const quickExperiment = join(import.meta.dirname, '..', 'sample', 'quick-experiment.ts');

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A running process. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `forkless …args`. */
export function start(args: readonly string[]): Running {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (status, signal) => resolve({ status, signal, output })),
  );
  return { child, ended };
}

/** Runs `forkless …args` to its end; anything but status 0 throws. */
export async function run(args: readonly string[]): Promise<string> {
  const { status, output } = await start(args).ended;
  if (status === 0) return output;
  throw new Error(`forkless ${args.join(' ')} ended with ${status}: ${output}`);
}

/** Bytes of results in a folder. */
export function resultBytes(folder: string): number {
  try {
    const names = readdirSync(folder).filter((name) => name.startsWith('results'));
    return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0;
  }
}

/** Waits until a condition holds, or a process has ended; true for the former. */
export async function until(holds: () => boolean, running?: Running): Promise<boolean> {
  while (!holds()) {
    const { exitCode = null, signalCode = null } = running?.child ?? {};
    if (exitCode !== null || signalCode !== null) return holds();
    await sleep(5);
  }
  return true;
}

/** Numbers from 0 to below 1, the same each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The sweep in `killed` must have ended with the very results of the one in `whole`, each once. */
export async function expectSameResults(folder: string, count: number): Promise<void> {
  const [one, other] = await Promise.all([
    run(['export', join(folder, 'whole')]),
    run(['export', join(folder, 'killed')]),
  ]);
  expect(other).toBe(one);
  const text = readFileSync(join(folder, 'killed', 'results.ndjson'), 'utf8');
  expect(text.trim().split('\n')).toHaveLength(count);
}
