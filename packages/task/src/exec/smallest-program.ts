// The smallest program that works, and putting a program into the file tree: what examples and tests
// execute.

import { isRefusal, type Refusal } from '@forkless/errors';
import { createFiles, installFd, closeFd } from '../files/fd-table.ts';
import { O_CREAT, O_TRUNC, O_WRONLY } from '../files/open-flags.ts';
import { WOULD_BLOCK } from '../files/open-file.ts';
import { write } from '../files/read-write.ts';
import { chmod } from '../fs/attributes.ts';
import { openPath } from '../fs/open.ts';
import type { Task } from '../task/task.ts';

const BASE = 0x40_0000n;
const HEADERS_BYTES = 120n;
/** exit(0): xor edi, edi; mov eax, 60; syscall. */
const EXIT_0 = [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];

/**
 * A static x86-64 program of one segment that runs `code` and then exits with 0; 129 bytes without code.
 * @see include/uapi/linux/elf.h
 */
export function smallestProgram(code: readonly number[] = []): Uint8Array {
  const text = [...code, ...EXIT_0];
  const size = HEADERS_BYTES + BigInt(text.length);
  const ident = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const header = [
    [le(2n, 2), le(62n, 2), le(1n, 4)],
    [le(BASE + HEADERS_BYTES, 8), le(64n, 8), le(0n, 8)],
    [le(0n, 4), le(64n, 2), le(56n, 2), le(1n, 2), le(0n, 6)],
  ];
  const segment = [
    [le(1n, 4), le(5n, 4), le(0n, 8), le(BASE, 8), le(BASE, 8)],
    [le(size, 8), le(size, 8), le(4096n, 8)],
  ];
  return Uint8Array.from([...ident, ...header.flat(2), ...segment.flat(2), ...text]);
}

function le(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

/** Writes a program to `path` as `task`, mode 0755; what open or chmod refuses comes back. */
export function installProgram(
  task: Task,
  path: string,
  content: Uint8Array = smallestProgram(),
): Refusal | undefined {
  const looker = { cred: task.cred, fs: task.fs!, node: 0 };
  const file = openPath(looker, path, { flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o755 });
  if (file === WOULD_BLOCK || isRefusal(file)) return isRefusal(file) ? file : undefined;
  const files = createFiles();
  installFd(files, 0, file);
  write(files, 0, content);
  closeFd(files, 0);
  const changed = chmod(looker, file.path, 0o755);
  return isRefusal(changed) ? changed : undefined;
}
