// eventfd(2): a counter that can be waited for.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { createAnonPath } from './anon-file.ts';
import { installFd, unusedFd } from './fd-table.ts';
import { FD_CLOEXEC, O_CLOEXEC, O_NONBLOCK, O_RDWR } from './open-flags.ts';
import type { FileOperations, IoResult, OpenFile } from './open-file.ts';
import { WOULD_BLOCK, createOpenFile } from './open-file.ts';
import type { FdPlace } from './pipe.ts';

export const EFD_SEMAPHORE = 1;
export const EFD_CLOEXEC = O_CLOEXEC;
export const EFD_NONBLOCK = O_NONBLOCK;

interface Eventfd {
  count: bigint;
  readonly isSemaphore: boolean;
}

const COUNT_MAX = 0xffffffffffffffffn;
const VALUE_BYTES = 8;
const EPOLLIN = 1;
const EPOLLOUT = 4;

const EVENTFD_OPS: FileOperations = {
  kind: 'eventfd',
  isSeekable: true,
  read: eventfdRead,
  write: eventfdWrite,
  poll: (file) => {
    const { count } = file.data as Eventfd;
    return (count > 0n ? EPOLLIN : 0) | (count < COUNT_MAX - 1n ? EPOLLOUT : 0);
  },
};

function eventfdRead(file: OpenFile, count: number): IoResult<Uint8Array> {
  const counter = file.data as Eventfd;
  if (count < VALUE_BYTES) return refuse('EINVAL', 'room for fewer than 8 bytes');
  if (counter.count === 0n) return notNow(file);
  const value = counter.isSemaphore ? 1n : counter.count;
  counter.count -= value;
  const data = new Uint8Array(VALUE_BYTES);
  new DataView(data.buffer).setBigUint64(0, value, true);
  return data;
}

function eventfdWrite(file: OpenFile, data: Uint8Array): IoResult<number> {
  const counter = file.data as Eventfd;
  if (data.length !== VALUE_BYTES) return refuse('EINVAL', 'other than 8 bytes');
  const view = new DataView(data.buffer, data.byteOffset, VALUE_BYTES);
  const value = view.getBigUint64(0, true);
  if (value === COUNT_MAX) return refuse('EINVAL', 'more than the counter can ever hold');
  if (value >= COUNT_MAX - counter.count) return notNow(file);
  counter.count += value;
  return VALUE_BYTES;
}

function notNow(file: OpenFile): Refusal<'EAGAIN'> | typeof WOULD_BLOCK {
  const isNonblock = (file.flags & O_NONBLOCK) !== 0;
  return isNonblock ? refuse('EAGAIN', 'the counter does not allow it now') : WOULD_BLOCK;
}

/**
 * eventfd2(2): EINVAL for an unknown flag, EMFILE.
 *
 * @see fs/eventfd.c, do_eventfd(), v6.12
 */
export function eventfd(
  place: FdPlace,
  initial: number,
  flags: number,
): number | Refusal<'EINVAL' | 'EMFILE'> {
  if ((flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) !== 0) {
    return refuse('EINVAL', 'unknown flag');
  }
  const fd = unusedFd(place.files, place.limit);
  if (typeof fd !== 'number') return fd;
  const data: Eventfd = {
    count: BigInt(initial),
    isSemaphore: (flags & EFD_SEMAPHORE) !== 0,
  };
  const path = createAnonPath(place.anon, { mode: 0o600 }, () => 'anon_inode:[eventfd]');
  const file = {
    ops: EVENTFD_OPS,
    path,
    flags: O_RDWR | (flags & EFD_NONBLOCK),
    data,
  };
  installFd(place.files, fd, createOpenFile(file), (flags & EFD_CLOEXEC) === 0 ? 0 : FD_CLOEXEC);
  return fd;
}
