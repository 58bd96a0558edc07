// A shell in a small tree with a program, a script and a few files, for the tests of the catalogue.

import {
  chdir,
  createAnonFs,
  fork,
  installProgram,
  mkdir,
  open,
  openFds,
  WOULD_BLOCK,
  type Kernel,
  type Task,
} from '../../src/index.ts';
import { must } from '../file-world.ts';
import { createExecWorld } from '../exec/exec-world.ts';

export { must as made } from '../file-world.ts';

/** Bytes of a text. */
export const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The task as a caller of the calls on files. */
export function callerOf(task: Task) {
  return {
    cred: task.cred,
    fs: task.fs!,
    files: task.files!,
    node: 0,
    limit: 1024,
    anon: createAnonFs(),
  };
}

/** Opens and expects it to go well. */
export function opened(task: Task, path: string, flags = 0): number {
  const fd = open(callerOf(task), path, { flags, mode: 0o755 });
  if (fd === WOULD_BLOCK) throw new Error('the open would block');
  return must(fd) as number;
}

/** A shell in /c, where the program `tool` and the script `script` are. */
export function createWorld() {
  const { kernel, shell, exec } = createExecWorld();
  mkdir(callerOf(shell), '/c', 0o755);
  installProgram(shell, '/c/tool');
  installProgram(shell, '/c/script', bytes('#!/c/tool\n'));
  chdir(callerOf(shell), '/c');
  /** Opens the program until `count` descriptors are open. */
  const fill = (count: number): void => {
    for (let at = openFds(shell.files!).length; at < count; at++) opened(shell, '/c/tool');
  };
  return { kernel, shell, exec, fill };
}

/** A child of the shell. */
export function childOf(kernel: Kernel, shell: Task): Task {
  return must(fork(kernel, shell));
}
