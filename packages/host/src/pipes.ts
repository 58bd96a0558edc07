// Pipes between us and a child: stream socket pairs, as libuv makes them, so that a stream of Node can
// read and write either way.
import { Socket } from 'node:net';
import { errnoName, type Native } from './native.ts';
import type { StdioEntry } from './request.ts';

/** Both ends of what a child is given. The child's are closed by us once the addon has copies. */
export interface Pipes {
  /** What the child's table is made from: descriptors in place of the word `pipe`. */
  readonly entries: readonly Exclude<StdioEntry, 'pipe'>[];
  readonly childEnds: readonly number[];
  /** Our ends by the child's number. */
  readonly ourEnds: ReadonlyMap<number, number>;
}

/** Makes a pair for each `pipe`. A positive errno when there are no descriptors left; then none is open. */
export function openPipes(native: Native, stdio: readonly StdioEntry[]): Pipes | number {
  const entries: Exclude<StdioEntry, 'pipe'>[] = [];
  const childEnds: number[] = [];
  const ourEnds = new Map<number, number>();
  for (let fd = 0; fd < stdio.length; fd++) {
    const entry = stdio[fd]!;
    if (entry !== 'pipe') {
      entries.push(entry);
      continue;
    }
    const pair = native.pair();
    if (pair < 0) {
      for (const end of [...childEnds, ...ourEnds.values()]) native.close(end);
      return -pair;
    }
    const theirs = pair % pairFactor;
    entries.push(theirs);
    childEnds.push(theirs);
    ourEnds.set(fd, (pair - theirs) / pairFactor);
  }
  return { entries, childEnds, ourEnds };
}

/** Two descriptors in one number, see open_pair() in native/addon.c. */
const pairFactor = 2 ** 20;

/** Closes the child's ends: the addon has its own by now, or never will. */
export function closeChildEnds(native: Native, { childEnds }: Pipes): void {
  for (const end of childEnds) native.close(end);
}

/** Closes our ends before a stream has them. */
export function closeOurEnds(native: Native, { ourEnds }: Pipes): void {
  for (const end of ourEnds.values()) native.close(end);
}

/** A stream on our end of the child's `fd`: 0 is written to, 1 and above are read and may be written. */
export function streamOn(end: number, fd: number): Socket {
  return new Socket({ fd: end, readable: fd > 0, writable: true });
}

/** A stream of ours that a child is given, as far as we look into it. */
export interface LentStream {
  readonly _handle?: { reading?: boolean; readStop?(): unknown } | null;
  readonly _readableState?: { reading: boolean };
  readableFlowing?: boolean | null;
  pause?(): unknown;
}

const lentStreams = new WeakSet();

/** Stops us from reading what the child now reads, as Node does. */
export function lend(stream: LentStream): void {
  const { _handle: handle, _readableState: state } = stream;
  lentStreams.add(stream);
  if (typeof handle?.readStop === 'function') {
    handle.reading = false;
    handle.readStop();
  }
  stream.pause?.();
  stream.readableFlowing = false;
  if (state !== undefined) state.reading = false;
}

/** Whether a child has it, so that we must not read it to its end. */
export function isLent(stream: object): boolean {
  return lentStreams.has(stream);
}

/** An error like those of node:child_process. */
export function systemError(errno: number, syscall: string): NodeJS.ErrnoException {
  const code = errnoName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno: -errno, code, syscall });
}
