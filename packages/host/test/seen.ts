// What a scenario looks at, as plain data that two modules can be compared by.
import type * as NodeApi from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** The part of the module that ours has a version of. */
export type Api = Pick<typeof NodeApi, 'spawn' | 'exec' | 'execFile' | 'ChildProcess'>;

/** A small program; what it gives is compared. */
export type Scenario = (api: Api) => Promise<unknown>;

export async function textOf(stream: Readable | null): Promise<string> {
  let text = '';
  if (stream !== null) for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Names of events in their order, with their arguments. */
export function eventsOf(child: NodeApi.ChildProcess): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const name of ['spawn', 'exit', 'close'] as const) {
    child.on(name, (...given: unknown[]) => seen.push([name, ...given]));
  }
  child.on('error', (error) => seen.push(['error', fields(error)]));
  return new Promise((resolve) => child.on('close', () => setImmediate(() => resolve(seen))));
}

export function fields(error: unknown): object {
  const { name, message, code, errno, syscall, path, spawnargs, killed, signal, cmd } =
    error as Record<string, unknown>;
  return { name, message, code, errno, syscall, path, spawnargs, killed, signal, cmd };
}

export function thrown(call: () => unknown): object {
  try {
    call();
    return { threw: false };
  } catch (error) {
    return fields(error);
  }
}

export async function finished(child: NodeApi.ChildProcess) {
  const [events, stdout, stderr] = await Promise.all([
    eventsOf(child),
    textOf(child.stdout),
    textOf(child.stderr),
  ]);
  const { exitCode, signalCode, killed, spawnfile, spawnargs } = child;
  return { events, stdout, stderr, exitCode, signalCode, killed, spawnfile, spawnargs };
}

export function called(
  run: (callback: (...given: unknown[]) => void) => unknown,
): Promise<unknown> {
  return new Promise((resolve) => {
    run((error, stdout, stderr) =>
      resolve({ error: error === null ? null : fields(error), stdout, stderr }),
    );
  });
}

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'forkless-host-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
