// A small machine for tests of files and exec: a root file system, a tmpfs on /t, root as the caller.

import { isRefusal, type Refusal } from '@forkless/errors';
import {
  createAnonFs,
  createCred,
  createFiles,
  createFsStruct,
  createMountNamespace,
  createSuperBlock,
  EXT4,
  lookupPath,
  mkdir,
  mount,
  O_CREAT,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  open,
  WOULD_BLOCK,
  write,
  closeFd,
  chmod,
  type AnonFs,
  type Cred,
  type FilesStruct,
  type FsObject,
  type FsStruct,
} from '../src/index.ts';

/** Who calls; fields can be changed between calls. */
export interface TestCaller {
  cred: Cred;
  fs: FsStruct;
  node: number;
  files: FilesStruct;
  limit: number;
  anon: AnonFs;
  onAlloc?: (object: FsObject, node: number) => void;
}

/** The value of a call that must go well. */
export function must<T>(result: T): Exclude<T, Refusal | typeof WOULD_BLOCK> {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  if (result === WOULD_BLOCK) throw new Error('would block');
  return result as Exclude<T, Refusal | typeof WOULD_BLOCK>;
}

/** The errno of a refused call, `OK` otherwise. */
export function errnoOf(result: unknown): string {
  return isRefusal(result) ? result.errno : 'OK';
}

/** Root at the root of a fresh tree with an empty /t. */
export function createCaller(): TestCaller {
  const fs = createFsStruct(createMountNamespace(createSuperBlock(EXT4)));
  const caller: TestCaller = {
    cred: createCred(),
    fs,
    node: 0,
    files: createFiles(),
    limit: 1024,
    anon: createAnonFs(),
  };
  must(mkdir(caller, '/t', 0o755));
  must(mount(caller, { path: '/t', fstype: 'tmpfs', flags: 0, data: 'mode=0755' }));
  return caller;
}

/** The same caller with another user, without capabilities unless given. */
export function asUser(caller: TestCaller, uid: number, gid = uid): TestCaller {
  const ids = { uid, euid: uid, suid: uid, fsuid: uid, gid, egid: gid, sgid: gid, fsgid: gid };
  const none = { capPermitted: 0n, capEffective: 0n };
  return { ...caller, cred: createCred({ ...ids, ...none }) };
}

/** Makes a file with content and exactly this mode. */
export function putFile(
  caller: TestCaller,
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): void {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  const fd = must(open(caller, path, { flags: O_WRONLY | O_CREAT | O_TRUNC, mode }));
  must(write(caller.files, fd, bytes));
  must(closeFd(caller.files, fd));
  must(chmod(caller, must(lookupPath(caller, path)), mode));
}

/** Opens a file for reading and writing, making it if need be. */
export function openFile(caller: TestCaller, path: string, flags = O_RDWR | O_CREAT): number {
  return must(open(caller, path, { flags, mode: 0o644 }));
}

/** One byte a character. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const word = (value: bigint, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));

/** A static program whose only act is exit(0); `patch` may change header bytes. */
export function smallProgram(patch: Readonly<Record<number, number>> = {}): Uint8Array {
  const base = 0x400000n;
  const text = [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];
  const size = BigInt(120 + text.length);
  const header = [
    [word(2n, 2), word(62n, 2), word(1n, 4), word(base + 120n, 8), word(64n, 8), word(0n, 8)],
    [word(0n, 4), word(64n, 2), word(56n, 2), word(1n, 2), word(0n, 6)],
    [word(1n, 4), word(5n, 4), word(0n, 8), word(base, 8), word(base, 8)],
    [word(size, 8), word(size, 8), word(4096n, 8)],
  ].flat(2);
  const ident = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const bytes = Uint8Array.from([...ident, ...header, ...text]);
  for (const [at, value] of Object.entries(patch)) bytes[Number(at)] = value;
  return bytes;
}
