// Character devices: the memory devices, found by the name their node carries.
import { refuse } from '@forkless/errors';
import type { FileOperations } from './open-file.ts';

const EPOLLALL = 0x145;

function memoryDevice(
  kind: string,
  operations: Pick<FileOperations, 'read' | 'write'>,
): FileOperations {
  return { kind, isSeekable: true, poll: () => EPOLLALL, ...operations };
}

/**
 * The devices there are, by name.
 *
 * @see drivers/char/mem.c, v6.12
 */
export const DEVICES: Readonly<Record<string, FileOperations>> = {
  null: memoryDevice('null', {
    read: () => new Uint8Array(0),
    write: (_file, data) => data.length,
  }),
  zero: memoryDevice('zero', {
    read: (_file, count) => new Uint8Array(count),
    write: (_file, data) => data.length,
  }),
  full: memoryDevice('full', {
    read: (_file, count) => new Uint8Array(count),
    write: () => refuse('ENOSPC', 'the full device'),
  }),
};
