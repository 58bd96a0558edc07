// The file tree every recorded scenario starts with: an empty tmpfs on /t that holds only the recorder's
// own files, a few devices, and the two programs scenarios run.
import { assert, isRefusal } from '@forkless/errors';
import {
  EXT4,
  S_IFCHR,
  createAnonFs,
  createCred,
  createFsStruct,
  createMountNamespace,
  createSuperBlock,
  mkdir,
  mknod,
  mount,
  openPath,
  write,
  WOULD_BLOCK,
  O_CREAT,
  O_WRONLY,
  createFiles,
  getFile,
  installFd,
  O_RDWR,
  closeFd,
} from '@forkless/task';
import type { AnonFs, FilesStruct, FsStruct, Looker, MountNamespace } from '@forkless/task';
import { OK_PROGRAM, REPORTER_PROGRAM } from './test-programs.ts';

/** What all processes of a scenario share: the tree and the place of nameless files. */
export interface FileTree {
  readonly ns: MountNamespace;
  readonly anon: AnonFs;
}

/** A fresh tree with /t, /dev, and the recorder's own files in /t. */
export function createFileTree(): FileTree {
  const ns = createMountNamespace(createSuperBlock(EXT4));
  const looker = rootLooker(createFsStruct(ns));
  for (const directory of ['/t', '/dev', '/dev/pts', '/proc', '/bin'])
    must(mkdir(looker, directory, 0o755));
  must(mount(looker, { path: '/t', fstype: 'tmpfs', flags: 0, data: 'mode=0755' }));
  for (const device of ['null', 'zero', 'full']) {
    must(mknod(looker, `/dev/${device}`, S_IFCHR | 0o666, device));
  }
  putContent(looker, '/bin/sh', 0o755, OK_PROGRAM);
  putContent(looker, '/bin/true', 0o755, OK_PROGRAM);
  putContent(looker, '/t/.ok', 0o755, OK_PROGRAM);
  putContent(looker, '/t/.rep', 0o755, REPORTER_PROGRAM);
  putContent(looker, '/t/.log', 0o644, new Uint8Array(0));
  return { ns, anon: createAnonFs() };
}

/** Numbers 0 to 2 on one open /dev/null. */
export function standardFiles({ ns }: FileTree): FilesStruct {
  const file = openPath(rootLooker(createFsStruct(ns)), '/dev/null', { flags: O_RDWR });
  assert(file !== WOULD_BLOCK && !isRefusal(file), '/dev/null can be opened');
  const files = createFiles();
  installFd(files, 0, file);
  installFd(files, 1, getFile(file));
  installFd(files, 2, getFile(file));
  return files;
}

function rootLooker(fs: FsStruct): Looker {
  fs.umask = 0;
  return { cred: createCred(), fs, node: 0 };
}

function putContent(looker: Looker, name: string, mode: number, content: Uint8Array): void {
  const file = openPath(looker, name, { flags: O_WRONLY | O_CREAT, mode });
  assert(file !== WOULD_BLOCK && !isRefusal(file), 'a new file can be made');
  const files = createFiles();
  installFd(files, 0, file);
  must(write(files, 0, content));
  must(closeFd(files, 0));
}

function must(result: unknown): void {
  assert(!isRefusal(result), 'root can build the tree of a scenario');
}
