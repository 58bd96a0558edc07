// Pipes and FIFOs: a bounded queue of bytes (or packets, with O_DIRECT) between readers and writers.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { S_IFIFO } from '../fs/mode.ts';
import type { AnonFs } from './anon-file.ts';
import { createAnonPath } from './anon-file.ts';
import type { FilesStruct } from './fd-table.ts';
import { installFd, unusedFd } from './fd-table.ts';
import { FD_CLOEXEC, O_CLOEXEC, O_DIRECT, O_NONBLOCK, O_RDONLY, O_WRONLY } from './open-flags.ts';
import type { FileOperations, IoResult, OpenFile } from './open-file.ts';
import { WOULD_BLOCK, createOpenFile } from './open-file.ts';

/** Bytes a pipe holds unless F_SETPIPE_SZ changed it. */
export const PIPE_BYTES = 65536;
/** Writes up to this many bytes go in whole or not at all. */
export const PIPE_BUF = 4096;

/** What both ends share. */
export interface Pipe {
  /** Written and not yet read; each entry is one write, packets stay apart. */
  readonly queue: { data: Uint8Array; readonly isPacket: boolean }[];
  byteCount: number;
  readerCount: number;
  writerCount: number;
}

/** An empty pipe that nobody has open. */
export function createPipe(): Pipe {
  return { queue: [], byteCount: 0, readerCount: 0, writerCount: 0 };
}

const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLLERR = 8;
const EPOLLHUP = 16;
const EPOLLRDNORM = 0x40;
const EPOLLWRNORM = 0x100;

/** What reading, writing and closing mean for a pipe end. */
export const PIPE_OPS: FileOperations = {
  kind: 'pipe',
  isSeekable: false,
  read: pipeRead,
  write: pipeWrite,
  poll: pipePoll,
  release: (file) => {
    const pipe = file.data as Pipe;
    if (file.canRead) pipe.readerCount--;
    if (file.canWrite) pipe.writerCount--;
  },
};

function pipeRead(file: OpenFile, count: number): IoResult<Uint8Array> {
  const pipe = file.data as Pipe;
  if (count === 0) return new Uint8Array(0);
  if (pipe.queue.length === 0) {
    if (pipe.writerCount === 0) return new Uint8Array(0);
    if ((file.flags & O_NONBLOCK) !== 0) return refuse('EAGAIN', 'the pipe is empty');
    return WOULD_BLOCK;
  }
  const parts: number[] = [];
  while (pipe.queue.length > 0 && parts.length < count) {
    const first = pipe.queue[0]!;
    if (first.isPacket && parts.length > 0) break;
    const taken = first.data.subarray(0, count - parts.length);
    parts.push(...taken);
    const isLeft = taken.length < first.data.length && !first.isPacket;
    pipe.byteCount -= isLeft ? taken.length : first.data.length;
    if (isLeft) first.data = first.data.subarray(taken.length);
    else pipe.queue.shift();
    if (first.isPacket) break;
  }
  return Uint8Array.from(parts);
}

function pipeWrite(file: OpenFile, data: Uint8Array): IoResult<number> {
  const pipe = file.data as Pipe;
  if (pipe.readerCount === 0) return refuse('EPIPE', 'no reader is left');
  if (data.length === 0) return 0;
  const room = PIPE_BYTES - pipe.byteCount;
  const fits = data.length <= room || (data.length > PIPE_BUF && room > 0);
  if (!fits) {
    if ((file.flags & O_NONBLOCK) !== 0) return refuse('EAGAIN', 'the pipe is full');
    return WOULD_BLOCK;
  }
  const written = data.slice(0, room);
  pipe.queue.push({ data: written, isPacket: (file.flags & O_DIRECT) !== 0 });
  pipe.byteCount += written.length;
  return written.length;
}

function pipePoll(file: OpenFile): number {
  const pipe = file.data as Pipe;
  let mask = 0;
  if (file.canRead) {
    if (pipe.queue.length > 0) mask |= EPOLLIN | EPOLLRDNORM;
    if (pipe.writerCount === 0) mask |= EPOLLHUP;
  }
  if (file.canWrite) {
    if (pipe.byteCount < PIPE_BYTES) mask |= EPOLLOUT | EPOLLWRNORM;
    if (pipe.readerCount === 0) mask |= EPOLLERR;
  }
  return mask;
}

/** Where a call that makes descriptors puts them. */
export interface FdPlace {
  readonly files: FilesStruct;
  /** The soft RLIMIT_NOFILE. */
  readonly limit: number;
  readonly anon: AnonFs;
}

/**
 * Two free numbers at once; EMFILE unless both are there.
 *
 * @see fs/pipe.c, __do_pipe_flags(), v6.12
 */
export function unusedPair(
  files: FilesStruct,
  limit: number,
): readonly [number, number] | Refusal<'EMFILE'> {
  const first = unusedFd(files, limit);
  if (typeof first !== 'number') return first;
  const second = unusedFd(files, limit, first + 1);
  return typeof second === 'number' ? [first, second] : second;
}

/**
 * pipe2(2): two numbers, the reading end first. EINVAL for flags other than O_CLOEXEC, O_NONBLOCK and
 * O_DIRECT, EMFILE. `canStore` is false when the caller's array is not writable: then EFAULT, after both
 * ends were made and dropped.
 *
 * @see fs/pipe.c, do_pipe2(), v6.12
 */
export function pipe2(
  place: FdPlace,
  flags: number,
  canStore = true,
): readonly [number, number] | Refusal<'EFAULT' | 'EINVAL' | 'EMFILE'> {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return refuse('EINVAL', 'unknown flag');
  const fds = unusedPair(place.files, place.limit);
  if ('ok' in fds) return fds;
  if (!canStore) return refuse('EFAULT', 'the array of two cannot be written');
  const path = createAnonPath(place.anon, { mode: S_IFIFO | 0o600 }, ({ ino }) => `pipe:[${ino}]`);
  const pipe = createPipe();
  pipe.readerCount = 1;
  pipe.writerCount = 1;
  const ops = PIPE_OPS;
  const reading = O_RDONLY | (flags & O_NONBLOCK);
  const writing = O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT));
  const fdFlags = (flags & O_CLOEXEC) === 0 ? 0 : FD_CLOEXEC;
  installFd(
    place.files,
    fds[0],
    createOpenFile({ ops, path, flags: reading, data: pipe }),
    fdFlags,
  );
  installFd(
    place.files,
    fds[1],
    createOpenFile({ ops, path, flags: writing, data: pipe }),
    fdFlags,
  );
  return fds;
}
