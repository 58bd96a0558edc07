import { describe, expect, test } from 'vitest';
import {
  AF_UNIX,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  closeFd,
  closeFrom,
  closeRange,
  copiedSlots,
  createFiles,
  dup,
  dup2,
  dup3,
  dupFiles,
  dupFilesForFork,
  F_DUPFD,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  fcntl,
  FD_CLOFORK,
  isCloexec,
  isOpen,
  lseek,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_PATH,
  O_RDWR,
  openFds,
  pipe2,
  putFiles,
  read,
  receiveFiles,
  sendFiles,
  SOCK_STREAM,
  socketpair,
  WOULD_BLOCK,
  write,
} from '../../src/index.ts';
import { bytesOf, createCaller, errnoOf, must, openFile } from '../file-world.ts';

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

describe('numbers', () => {
  test('the lowest free number is taken', () => {
    const caller = createCaller();
    const fds = [0, 1, 2].map(() => openFile(caller, '/t/f'));
    must(closeFd(caller.files, 1));
    expect([...fds, openFile(caller, '/t/f')]).toEqual([0, 1, 2, 1]);
  });

  test('dup2 onto itself keeps close-on-exec, dup3 onto itself is EINVAL', () => {
    const caller = createCaller();
    const fd = openFile(caller, '/t/f', O_RDWR | O_CREAT | O_CLOEXEC);
    expect(dup2(caller.files, fd, fd, 1024)).toBe(fd);
    expect(isCloexec(caller.files, fd)).toBe(true);
    expect(errnoOf(dup3(caller.files, fd, fd, { flags: 0, limit: 1024 }))).toBe('EINVAL');
  });

  test('dup2 beyond the limit is EBADF, F_DUPFD beyond it EINVAL, a full table EMFILE', () => {
    const caller = { ...createCaller(), limit: 2 };
    const fd = openFile(caller, '/t/f');
    expect(errnoOf(dup2(caller.files, fd, 2, 2))).toBe('EBADF');
    expect(errnoOf(fcntl(caller, fd, F_DUPFD, 2))).toBe('EINVAL');
    must(dup(caller.files, fd, 2));
    expect(errnoOf(dup(caller.files, fd, 2))).toBe('EMFILE');
    expect(errnoOf(pipe2(caller, 0))).toBe('EMFILE');
  });

  test('at the limit an open on a number just closed works', () => {
    const caller = { ...createCaller(), limit: 1 };
    must(closeFd(caller.files, openFile(caller, '/t/f')));
    expect(openFile(caller, '/t/g')).toBe(0);
  });
});

describe('shared and private', () => {
  test('offset and status flags belong to the open file, close-on-exec to the number', () => {
    const caller = createCaller();
    const fd = openFile(caller, '/t/f');
    const copy = must(dup(caller.files, fd, 1024));
    must(write(caller.files, fd, bytesOf('abcdef')));
    expect(lseek(caller.files, copy, 2, 0)).toBe(2);
    expect(text(must(read(caller.files, fd, 2)))).toBe('cd');
    must(fcntl(caller, copy, F_SETFL, O_APPEND | O_NONBLOCK));
    expect(must(fcntl(caller, fd, F_GETFL, 0)) & (O_APPEND | O_NONBLOCK)).not.toBe(0);
    must(fcntl(caller, copy, F_SETFD, 1));
    expect(fcntl(caller, fd, F_GETFD, 0)).toBe(0);
  });

  test('a copied table shares the files and nothing else', () => {
    const caller = createCaller();
    const fd = openFile(caller, '/t/f');
    const child = dupFiles(caller.files);
    must(write(caller.files, fd, bytesOf('abcd')));
    expect(lseek(child, fd, 0, 1)).toBe(4);
    must(closeFd(child, fd));
    expect(isOpen(caller.files, fd)).toBe(true);
  });

  test('an unknown FD_CLOFORK is dropped; where it is known the number stays behind at fork', () => {
    const plain = createCaller();
    const fd = openFile(plain, '/t/f');
    must(fcntl(plain, fd, F_SETFD, FD_CLOFORK));
    expect(fcntl(plain, fd, F_GETFD, 0)).toBe(0);
    const posix = { ...createCaller(), files: createFiles({ knowsClofork: true }) };
    const kept = openFile(posix, '/t/f');
    const dropped = openFile(posix, '/t/g');
    must(fcntl(posix, dropped, F_SETFD, FD_CLOFORK));
    expect(openFds(dupFilesForFork(posix.files))).toEqual([kept]);
    expect(openFds(dupFiles(posix.files))).toEqual([kept, dropped]);
  });
});

describe('close_range', () => {
  function withTen() {
    const caller = createCaller();
    for (let count = 0; count < 10; count++) openFile(caller, '/t/f');
    return caller;
  }

  test.each([
    ['an unknown flag', { first: 0, last: 9 }, 1, 'EINVAL'],
    ['first above last', { first: 9, last: 0 }, 0, 'EINVAL'],
    ['a range beyond the table', { first: 50, last: 0xffffffff }, 0, 'OK'],
  ])('%s', (_name, range, flags, expected) => {
    expect(errnoOf(closeRange(withTen(), range, flags))).toBe(expected);
  });

  test('with UNSHARE only the caller loses the range, and the copy leaves it out', () => {
    const caller = withTen();
    const shared = caller.files;
    shared.users = 2;
    must(closeRange(caller, { first: 3, last: 0xffffffff }, CLOSE_RANGE_UNSHARE));
    expect(openFds(caller.files)).toEqual([0, 1, 2]);
    expect(openFds(shared)).toHaveLength(10);
    expect(shared.slots[5]!.refs).toBe(1);
  });

  test('with CLOEXEC the range is marked, closed by nobody', () => {
    const caller = withTen();
    must(closeRange(caller, { first: 8, last: 0xffffffff }, CLOSE_RANGE_CLOEXEC));
    expect(openFds(caller.files).filter((fd) => isCloexec(caller.files, fd))).toEqual([8, 9]);
  });

  test.each([
    ['half', 5, 5],
    ['all but one', 1, 1],
    ['all', 0, 0],
  ])('closefrom %s', (_name, from, left) => {
    const caller = withTen();
    closeFrom(caller.files, from);
    expect(openFds(caller.files)).toHaveLength(left);
  });

  test('a hole at the end makes the copy smaller than the table', () => {
    const caller = withTen();
    must(dup2(caller.files, 0, 500, 1024));
    expect(copiedSlots(caller.files)).toBe(512);
    expect(copiedSlots(caller.files, { from: 3, to: 0xffffffff })).toBe(64);
    expect(caller.files.maxFds).toBe(512);
    must(closeFd(caller.files, 500));
    expect([caller.files.maxFds, dupFiles(caller.files).maxFds]).toEqual([512, 64]);
  });
});

describe('pipes and sockets', () => {
  test('a pipe without writers ends, without readers it is EPIPE', () => {
    const caller = createCaller();
    const [reading, writing] = must(pipe2(caller, 0));
    expect(read(caller.files, reading, 1)).toBe(WOULD_BLOCK);
    must(write(caller.files, writing, bytesOf('ab')));
    must(closeFd(caller.files, writing));
    expect(text(must(read(caller.files, reading, 9)))).toBe('ab');
    expect(must(read(caller.files, reading, 9))).toHaveLength(0);
    const [first, second] = must(pipe2(caller, O_NONBLOCK));
    expect(errnoOf(read(caller.files, first, 1))).toBe('EAGAIN');
    must(closeFd(caller.files, first));
    expect(errnoOf(write(caller.files, second, bytesOf('x')))).toBe('EPIPE');
  });

  test('a pipe held open by a copied table has not ended', () => {
    const caller = createCaller();
    const [reading, writing] = must(pipe2(caller, O_NONBLOCK));
    const child = dupFiles(caller.files);
    must(closeFd(caller.files, writing));
    expect(errnoOf(read(caller.files, reading, 1))).toBe('EAGAIN');
    putFiles(child);
    expect(must(read(caller.files, reading, 1))).toHaveLength(0);
  });

  test('a file in flight outlives its descriptor and lands on the lowest number', () => {
    const caller = createCaller();
    const fd = openFile(caller, '/t/f');
    must(write(caller.files, fd, bytesOf('abc')));
    const type = { family: AF_UNIX, type: SOCK_STREAM, protocol: 0 };
    const [one, other] = must(socketpair(caller, type));
    must(sendFiles(caller.files, one, bytesOf('x'), [fd]));
    must(closeFd(caller.files, fd));
    const room = { count: 1, flags: 0, controlBytes: 64 };
    expect(must(receiveFiles(caller, other, room)).fds).toEqual([fd]);
    expect(lseek(caller.files, fd, 0, 1)).toBe(3);
  });

  test('files that find no room are dropped and told of', () => {
    const caller = createCaller();
    const fd = openFile(caller, '/t/f');
    const type = { family: AF_UNIX, type: SOCK_STREAM, protocol: 0 };
    const [one, other] = must(socketpair(caller, type));
    must(sendFiles(caller.files, one, bytesOf('x'), [fd, fd]));
    const room = { count: 1, flags: 0, controlBytes: 20 };
    expect(must(receiveFiles(caller, other, room))).toMatchObject({ isTruncated: true });
    expect(caller.files.slots[fd]!.refs).toBe(2);
  });
});

test('a place is neither read nor written but can be copied', () => {
  const caller = createCaller();
  must(closeFd(caller.files, openFile(caller, '/t/f')));
  const fd = openFile(caller, '/t/f', O_PATH);
  expect(errnoOf(read(caller.files, fd, 1))).toBe('EBADF');
  expect(errnoOf(fcntl(caller, fd, F_SETFL, O_APPEND))).toBe('EBADF');
  expect(fcntl(caller, fd, F_GETFL, 0)).toBe(O_PATH);
  expect(must(dup(caller.files, fd, 1024))).toBe(fd + 1);
});
