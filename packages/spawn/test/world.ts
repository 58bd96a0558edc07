// A machine with a shell, a program to run and a file, for the tests of spawning.
import { isRefusal } from '@forkless/errors';
import { boot, fork, installProgram, mkdir, type Kernel, type Task } from '@forkless/task';

export interface TestWorld {
  readonly kernel: Kernel;
  readonly shell: Task;
}

export function createTestWorld(): TestWorld {
  const kernel = boot({ possibleCpuCount: 2 });
  const looker = { cred: kernel.init.cred, fs: kernel.init.fs!, node: 0 };
  for (const directory of ['/bin', '/d', '/empty']) mkdir(looker, directory, 0o755);
  for (const path of ['/bin/tool', '/d/tool']) installProgram(kernel.init, path);
  installProgram(kernel.init, '/d/text', Uint8Array.from([104, 105]));
  return { kernel, shell: made(fork(kernel, kernel.init)) };
}

export function made<T>(result: T): Exclude<T, { ok: false }> {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  return result as Exclude<T, { ok: false }>;
}
