// Unix socket pairs: two ends that hand each other bytes or messages, and open files with them. A file in
// flight is held by the message, so it outlives the sender's descriptor.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { S_IFSOCK } from '../fs/mode.ts';
import { createAnonPath } from './anon-file.ts';
import type { FilesStruct } from './fd-table.ts';
import { fileAt, installFd, unusedFd } from './fd-table.ts';
import { FD_CLOEXEC, O_CLOEXEC, O_NONBLOCK, O_RDWR } from './open-flags.ts';
import type { FileOperations, IoErrno, OpenFile } from './open-file.ts';
import { WOULD_BLOCK, createOpenFile, getFile, putFile } from './open-file.ts';
import type { FdPlace } from './pipe.ts';
import { unusedPair } from './pipe.ts';
import { ioFileAt } from './read-write.ts';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
const AF_VSOCK = 40;
const AF_XDP = 44;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
const SOCK_PACKET = 10;
export const SOCK_CLOEXEC = O_CLOEXEC;
export const SOCK_NONBLOCK = O_NONBLOCK;

const SOCK_TYPE_MASK = 0xf;
const SOCK_MAX = 11;
const AF_MAX = 46;
/** Files in one message. */
export const SCM_MAX_FD = 253;
/** Bytes a sender can have in flight (`net.core.wmem_default`, less what each message costs itself). */
const SEND_BYTES = 212992;
/** Look without taking. */
export const MSG_PEEK = 2;
/** As if the socket were O_NONBLOCK. */
export const MSG_DONTWAIT = 0x40;
/** Set on receiving: the new numbers are close-on-exec. */
export const MSG_CMSG_CLOEXEC = 0x40000000;
const CMSG_HEADER_BYTES = 16;
const FD_BYTES = 4;

interface Message {
  data: Uint8Array;
  files: OpenFile[];
}

/** One end of a pair. */
export interface UnixSocket {
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
  readonly type: number;
  peer: UnixSocket | null;
  readonly queue: Message[];
  byteCount: number;
  /** The peer went away with data unread; the next call is told once. */
  isReset: boolean;
  isClosed: boolean;
}

/** What reading, writing and closing mean for a socket. */
export const SOCKET_OPS: FileOperations = {
  kind: 'socket',
  isSeekable: false,
  read: (file, count) => {
    const message = receive(file, count, 0);
    if (message === WOULD_BLOCK || 'ok' in message) return message;
    message.files.forEach(putFile);
    return message.data;
  },
  write: (file, data) => send(file, data, []),
  release: releaseSocket,
};

/** A socket pair's errnos. */
export type SocketpairErrno =
  | 'EACCES'
  | 'EAFNOSUPPORT'
  | 'EFAULT'
  | 'EINVAL'
  | 'EMFILE'
  | 'ENODEV'
  | 'EOPNOTSUPP'
  | 'EPROTONOSUPPORT'
  | 'ESOCKTNOSUPPORT';

/**
 * socketpair(2). The checks in the kernel's order: flags in the type, free numbers, family, type and
 * protocol, and whether the family has pairs at all.
 *
 * @see net/socket.c, __sys_socketpair(); net/unix/af_unix.c, unix_create(), v6.12
 */
export function socketpair(
  place: FdPlace,
  request: {
    readonly family: number;
    readonly type: number;
    readonly protocol: number;
  },
): readonly [number, number] | Refusal<SocketpairErrno> {
  const flags = request.type & ~SOCK_TYPE_MASK;
  if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return refuse('EINVAL', 'unknown flag');
  const fds = unusedPair(place.files, place.limit);
  if ('ok' in fds) return fds;
  const kind = socketKind(request.family, request.type & SOCK_TYPE_MASK, request.protocol);
  if (typeof kind !== 'number') return kind;
  const ends = [createSocket(kind), createSocket(kind)] as const;
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  const fdFlags = (flags & SOCK_CLOEXEC) === 0 ? 0 : FD_CLOEXEC;
  ends.forEach((data, index) => {
    const path = createAnonPath(
      place.anon,
      { mode: S_IFSOCK | 0o777 },
      ({ ino }) => `socket:[${ino}]`,
    );
    const file = {
      ops: SOCKET_OPS,
      path,
      flags: O_RDWR | (flags & SOCK_NONBLOCK),
      data,
    };
    installFd(place.files, fds[index as 0 | 1], createOpenFile(file), fdFlags);
  });
  return fds;
}

function createSocket(type: number): UnixSocket {
  return {
    type,
    peer: null,
    queue: [],
    byteCount: 0,
    isReset: false,
    isClosed: false,
  };
}

/** The type a pair gets, or why there is none. */
function socketKind(
  family: number,
  type: number,
  protocol: number,
): number | Refusal<SocketpairErrno> {
  if (family < 0 || family >= AF_MAX) return refuse('EAFNOSUPPORT', 'no such family');
  if (type >= SOCK_MAX) return refuse('EINVAL', 'no such type');
  if (family === AF_UNIX) {
    if (protocol !== 0 && protocol !== AF_UNIX) {
      return refuse('EPROTONOSUPPORT', 'unix sockets have one protocol');
    }
    if (type === SOCK_RAW) return SOCK_DGRAM;
    const isKnown = [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET].includes(type);
    return isKnown ? type : refuse('ESOCKTNOSUPPORT', 'a type unix sockets do not have');
  }
  return pairlessFamily(family, type, protocol);
}

const IPPROTO_MAX = 263;
/** The protocol of echo requests, which `net.ipv4.ping_group_range` opens to nobody by default. */
const PING: Readonly<Record<number, number>> = { [AF_INET]: 1, [AF_INET6]: 58 };
/** IPPROTO_ numbers by type; 0 means the usual one. */
const INET_PROTOCOLS: Readonly<Record<number, readonly number[]>> = {
  [SOCK_STREAM]: [0, 6, 262],
  [SOCK_DGRAM]: [0, 17, 136],
  [SOCK_RAW]: Array.from({ length: IPPROTO_MAX - 1 }, (_, index) => index + 1),
};

/** Types of the families without pairs that are configured besides. CAL: those of 6.18.44. */
const OTHER_TYPES: Readonly<Record<number, readonly number[]>> = {
  [AF_NETLINK]: [SOCK_DGRAM, SOCK_RAW],
  [AF_PACKET]: [SOCK_DGRAM, SOCK_RAW, SOCK_PACKET],
  [AF_VSOCK]: [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET],
  [AF_XDP]: [SOCK_RAW],
};

/**
 * Families that have no pairs, which is said once type and protocol are in order.
 * MODEL: the caller has CAP_NET_RAW, and each of the few netlink protocols is there.
 *
 * @see net/ipv4/af_inet.c, inet_create(); net/ipv4/ping.c, ping_init_sock(); net/socket.c,
 * __sock_create(), v6.18
 */
function pairlessFamily(family: number, type: number, protocol: number): Refusal<SocketpairErrno> {
  const none = refuse('EOPNOTSUPP', 'the family has no pairs');
  if (family === AF_INET || family === AF_INET6) {
    // The old way to ask for packets.
    if (family === AF_INET && type === SOCK_PACKET) return none;
    return refuseInet(family, type, protocol) ?? none;
  }
  const types = OTHER_TYPES[family];
  if (types === undefined) return refuse('EAFNOSUPPORT', 'not configured');
  if (!types.includes(type)) return refuse('ESOCKTNOSUPPORT', 'a type this family does not have');
  if (family === AF_VSOCK && type === SOCK_DGRAM) return refuse('ENODEV', 'no device for it');
  return none;
}

function refuseInet(
  family: number,
  type: number,
  protocol: number,
): Refusal<SocketpairErrno> | undefined {
  if (protocol < 0 || protocol >= IPPROTO_MAX) return refuse('EINVAL', 'no such protocol');
  if (![SOCK_STREAM, SOCK_DGRAM, SOCK_RAW].includes(type)) {
    return refuse('ESOCKTNOSUPPORT', 'a type this family does not have');
  }
  if (type === SOCK_DGRAM && protocol === PING[family]) {
    return refuse('EACCES', 'no group may send echo requests');
  }
  return INET_PROTOCOLS[type]!.includes(protocol)
    ? undefined
    : refuse('EPROTONOSUPPORT', 'a protocol the type does not have');
}

function send(
  file: OpenFile,
  data: Uint8Array,
  files: OpenFile[],
): number | Refusal<IoErrno> | typeof WOULD_BLOCK {
  const socket = file.data as UnixSocket;
  const { peer } = socket;
  if (peer === null || peer.isClosed) {
    if (socket.isReset) {
      socket.isReset = false;
      return refuse('ECONNRESET', 'the peer closed with data unread');
    }
    if (socket.type === SOCK_DGRAM) return refuse('ECONNREFUSED', 'the peer is gone');
    return refuse('EPIPE', 'the peer is gone');
  }
  if (socket.type !== SOCK_STREAM && data.length > SEND_BYTES - 32) {
    return refuse('EMSGSIZE', 'a message larger than the send buffer');
  }
  const room = SEND_BYTES - peer.byteCount;
  if (room <= 0 || (socket.type !== SOCK_STREAM && data.length > room)) {
    if ((file.flags & O_NONBLOCK) !== 0) return refuse('EAGAIN', 'the send buffer is full');
    return WOULD_BLOCK;
  }
  const sent = socket.type === SOCK_STREAM ? data.slice(0, room) : data.slice();
  if (sent.length > 0 || socket.type !== SOCK_STREAM) {
    peer.queue.push({ data: sent, files: files.map(getFile) });
    peer.byteCount += sent.length;
  }
  return sent.length;
}

function receive(
  file: OpenFile,
  count: number,
  flags: number,
): Message | Refusal<IoErrno> | typeof WOULD_BLOCK {
  const socket = file.data as UnixSocket;
  const first = socket.queue[0];
  if (first === undefined) {
    if (socket.isReset) {
      socket.isReset = false;
      return refuse('ECONNRESET', 'the peer closed with data unread');
    }
    const isOver = socket.type !== SOCK_DGRAM && socket.peer?.isClosed === true;
    if (isOver) return { data: new Uint8Array(0), files: [] };
    const isNonblock = (file.flags & O_NONBLOCK) !== 0 || (flags & MSG_DONTWAIT) !== 0;
    return isNonblock ? refuse('EAGAIN', 'nothing has arrived') : WOULD_BLOCK;
  }
  if ((flags & MSG_PEEK) !== 0) {
    return { data: first.data.subarray(0, count), files: first.files.map(getFile) };
  }
  return socket.type === SOCK_STREAM ? takeBytes(socket, count) : takeMessage(socket, count);
}

function takeMessage(socket: UnixSocket, count: number): Message {
  const message = socket.queue.shift()!;
  socket.byteCount -= message.data.length;
  return { data: message.data.subarray(0, count), files: message.files };
}

/** Bytes of a stream, never across a message that brings files. */
function takeBytes(socket: UnixSocket, count: number): Message {
  const bytes: number[] = [];
  let files: OpenFile[] = [];
  while (bytes.length < count) {
    const first = socket.queue[0];
    if (first === undefined || (first.files.length > 0 && bytes.length > 0)) break;
    if (first.files.length > 0) files = first.files.splice(0);
    const taken = first.data.subarray(0, count - bytes.length);
    bytes.push(...taken);
    socket.byteCount -= taken.length;
    if (taken.length === first.data.length) socket.queue.shift();
    else first.data = first.data.subarray(taken.length);
    if (files.length > 0) break;
  }
  return { data: Uint8Array.from(bytes), files };
}

/**
 * sendmsg(2) with SCM_RIGHTS: every number must be open (EBADF), at most 253 of them (EINVAL). The
 * message holds the files from then on.
 *
 * MODEL: sockets that are in flight inside each other and reachable from nowhere are not collected.
 *
 * @see net/core/scm.c, scm_fp_copy(); net/unix/af_unix.c, v6.12
 */
export function sendFiles(
  files: FilesStruct,
  socketFd: number,
  data: Uint8Array,
  fds: readonly number[],
): number | Refusal<IoErrno | 'ENOTSOCK'> | typeof WOULD_BLOCK {
  const socket = socketAt(files, socketFd);
  if ('ok' in socket) return socket;
  if (fds.length > SCM_MAX_FD) return refuse('EINVAL', 'more than 253 descriptors');
  const passed: OpenFile[] = [];
  for (const fd of fds) {
    const file = fileAt(files, fd);
    if ('ok' in file) return file;
    passed.push(file);
  }
  return send(socket, data, passed);
}

/** What arrived with a message. */
export interface ReceivedFiles {
  readonly data: Uint8Array;
  readonly fds: readonly number[];
  /** MSG_CTRUNC: files came that found no room in the buffer or in the table. */
  readonly isTruncated: boolean;
}

/**
 * recvmsg(2) with room for `controlBytes` of ancillary data: the files get the lowest free numbers as far
 * as buffer and RLIMIT_NOFILE reach, the others are dropped.
 *
 * @see net/core/scm.c, scm_detach_fds(), v6.12
 */
export function receiveFiles(
  place: { readonly files: FilesStruct; readonly limit: number },
  socketFd: number,
  options: {
    readonly count: number;
    readonly flags: number;
    readonly controlBytes: number;
  },
): ReceivedFiles | Refusal<IoErrno | 'ENOTSOCK'> | typeof WOULD_BLOCK {
  const socket = socketAt(place.files, socketFd);
  if ('ok' in socket) return socket;
  const message = receive(socket, options.count, options.flags);
  if (message === WOULD_BLOCK || 'ok' in message) return message;
  const room = Math.max(Math.floor((options.controlBytes - CMSG_HEADER_BYTES) / FD_BYTES), 0);
  const fdFlags = (options.flags & MSG_CMSG_CLOEXEC) === 0 ? 0 : FD_CLOEXEC;
  const fds: number[] = [];
  for (const file of message.files.slice(0, room)) {
    const fd = unusedFd(place.files, place.limit);
    if (typeof fd !== 'number') break;
    installFd(place.files, fd, getFile(file), fdFlags);
    fds.push(fd);
  }
  message.files.forEach(putFile);
  return {
    data: message.data,
    fds,
    isTruncated: fds.length < message.files.length,
  };
}

function socketAt(files: FilesStruct, fd: number): OpenFile | Refusal<'EBADF' | 'ENOTSOCK'> {
  const file = ioFileAt(files, fd);
  if ('ok' in file) return file;
  return file.ops === SOCKET_OPS ? file : refuse('ENOTSOCK', 'not a socket');
}

function releaseSocket(file: OpenFile): void {
  const socket = file.data as UnixSocket;
  socket.isClosed = true;
  const hasUnread = socket.queue.length > 0;
  if (hasUnread && socket.type === SOCK_STREAM && socket.peer !== null) socket.peer.isReset = true;
  for (const message of socket.queue.splice(0)) message.files.forEach(putFile);
  socket.byteCount = 0;
}
