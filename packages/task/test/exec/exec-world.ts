// A kernel whose first process stands in a small tree, for tests of exec.

import {
  boot,
  execve,
  fork,
  type ExecRequest,
  type ExecResult,
  type Task,
} from '../../src/index.ts';
import { createCaller, must, type TestCaller } from '../file-world.ts';

/** A kernel with a shell that runs no program yet. */
export function createExecWorld() {
  const caller = createCaller();
  const kernel = boot({ fs: caller.fs, files: caller.files });
  const shell: Task = must(fork(kernel, kernel.init));
  const here: TestCaller = { ...caller, fs: shell.fs!, files: shell.files! };
  const exec = (path: string, request: Partial<ExecRequest> = {}, task = shell): ExecResult =>
    execve(kernel, task, { path, argv: ['x'], envp: [], ...request });
  return { kernel, shell, here, exec };
}
