// Calls on names: making files, directories and links, removing and moving them, and where a process
// stands among them.

import { isRefusal } from '@forkless/errors';
import {
  chdir,
  chmod,
  chown,
  chroot,
  closeFd,
  createFiles,
  fchdir,
  fileAt,
  installFd,
  link,
  lookupPath,
  mkdir,
  mknod,
  mount,
  openPath,
  O_CREAT,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  read,
  rename,
  rmdir,
  S_IFIFO,
  S_IFSOCK,
  setUmask,
  symlink,
  umount,
  unlink,
  WOULD_BLOCK,
  write,
  type OpenFile,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable } from '../call.ts';
import { callerOf, type FileCaller } from '../caller.ts';
import type { Fields } from '../scenario.ts';
import { REPORTER_PROGRAM } from '../test-programs.ts';
import { bytesOf, modeOf, numberOf, textOf } from '../words.ts';

/** Bytes a mkfile step asks for. */
function contentOf({ kind, hex, text, pad, tail }: Fields): Uint8Array {
  if (kind === 'reporter') return REPORTER_PROGRAM;
  const start = hex === undefined ? bytesOf(String(text ?? '')) : Buffer.from(String(hex), 'hex');
  const end = bytesOf('x'.repeat(Number(pad ?? 0)) + String(tail ?? ''));
  return Uint8Array.from([...start, ...end]);
}

function useFile<T>(file: OpenFile, use: (files: ReturnType<typeof createFiles>) => T): T {
  const files = createFiles();
  installFd(files, 0, file);
  const result = use(files);
  closeFd(files, 0);
  return result;
}

/** Makes or rewrites a file as the recorder does: open, write, owner, mode. */
function makeFile(
  caller: FileCaller,
  path: string,
  content: Uint8Array,
  given: { mode: number; uid: number; gid: number },
): Answer {
  const file = openPath(caller, path, { flags: O_WRONLY | O_CREAT | O_TRUNC, mode: given.mode });
  if (file === WOULD_BLOCK) return failed('EAGAIN');
  if (isRefusal(file)) return failed(file.errno);
  const place = file.path;
  const written = useFile(file, (files) => write(files, 0, content));
  if (written === WOULD_BLOCK || isRefusal(written)) return failed('EIO');
  if (given.uid !== -1 || given.gid !== -1) {
    const refused = chown(caller, place, given);
    if (refused !== null) return failed(refused.errno);
  }
  const refused = chmod(caller, place, given.mode);
  return refused === null ? ok() : failed(refused.errno);
}

function idsOf({ uid, gid }: Fields): { uid: number; gid: number } {
  return { uid: Number(uid ?? -1), gid: Number(gid ?? -1) };
}

function makeChain(actor: Actor, { n, target }: Fields): Answer {
  const caller = callerOf(actor);
  let interpreter = String(target);
  for (let index = 1; index <= Number(n); index++) {
    const path = `/t/n${index}`;
    const owner = { mode: 0o755, uid: -1, gid: -1 };
    const made = makeFile(caller, path, bytesOf(`#!${interpreter}\n`), owner);
    if (made['ret'] !== 0) return made;
    interpreter = path;
  }
  return ok();
}

function makeDirectory(actor: Actor, inputs: Fields): Answer {
  const caller = callerOf(actor);
  const path = String(inputs['path']);
  const made = mkdir(caller, path, modeOf(inputs['mode'], 0o755));
  if (isRefusal(made)) return failed(made.errno);
  if (inputs['mode'] === undefined && inputs['uid'] === undefined) return ok();
  const place = lookupPath(caller, path);
  if (isRefusal(place)) return failed(place.errno);
  const refused =
    (inputs['uid'] === undefined ? null : chown(caller, place, idsOf(inputs))) ??
    chmod(caller, place, modeOf(inputs['mode'], 0o755));
  return refused === null ? ok() : failed(refused.errno);
}

function withPlace(
  actor: Actor,
  path: unknown,
  change: (caller: FileCaller, place: Parameters<typeof chmod>[1]) => ReturnType<typeof chmod>,
): Answer {
  const caller = callerOf(actor);
  const place = lookupPath(caller, String(path));
  return actor.answer(isRefusal(place) ? place : change(caller, place));
}

function readFile(actor: Actor, { path }: Fields): Answer {
  const file = openPath(callerOf(actor), String(path), { flags: O_RDONLY });
  if (file === WOULD_BLOCK) return failed('EAGAIN');
  if (isRefusal(file)) return failed(file.errno);
  const data = useFile(file, (files) => read(files, 0, 1 << 20));
  if (data === WOULD_BLOCK || isRefusal(data)) return failed('EIO');
  return ok(0, { text: textOf(data) });
}

function writeFile(actor: Actor, { path, text }: Fields): Answer {
  const file = openPath(callerOf(actor), String(path), { flags: O_WRONLY });
  if (file === WOULD_BLOCK) return failed('EAGAIN');
  if (isRefusal(file)) return failed(file.errno);
  const own = String(actor.number('self'));
  const content = bytesOf(text === 'PID' ? own : String(text));
  const written = useFile(file, (files) => write(files, 0, content));
  if (isRefusal(written)) return failed(written.errno);
  return ok();
}

/** The calls by name. */
export const TREE_CALLS: CallTable = {
  mkfile: {
    inputs: ['path', 'mode', 'uid', 'gid', 'kind', 'hex', 'text', 'pad', 'tail'],
    run: (actor, inputs) =>
      makeFile(callerOf(actor), String(inputs['path']), contentOf(inputs), {
        mode: modeOf(inputs['mode'], 0o644),
        ...idsOf(inputs),
      }),
  },
  mkchain: { inputs: ['n', 'target'], run: makeChain },
  mkdir: { inputs: ['path', 'mode', 'uid', 'gid'], run: makeDirectory },
  symlink: {
    inputs: ['path', 'target'],
    run: (actor, { path, target }) =>
      actor.answer(symlink(callerOf(actor), String(target), String(path))),
  },
  link: {
    inputs: ['path', 'target'],
    run: (actor, { path, target }) =>
      actor.answer(link(callerOf(actor), String(target), String(path))),
  },
  mkfifo: {
    inputs: ['path', 'mode'],
    run: (actor, { path, mode }) =>
      actor.answer(mknod(callerOf(actor), String(path), S_IFIFO | modeOf(mode, 0o644))),
  },
  mksock: {
    inputs: ['path', 'mode'],
    run: (actor, { path, mode }) =>
      actor.answer(mknod(callerOf(actor), String(path), S_IFSOCK | modeOf(mode, 0o755))),
  },
  chmod: {
    inputs: ['path', 'mode'],
    run: (actor, { path, mode }) =>
      withPlace(actor, path, (caller, place) => chmod(caller, place, modeOf(mode, 0))),
  },
  chown: {
    inputs: ['path', 'uid', 'gid'],
    run: (actor, inputs) =>
      withPlace(actor, inputs['path'], (caller, place) => chown(caller, place, idsOf(inputs))),
  },
  unlink: {
    inputs: ['path'],
    run: (actor, { path }) => actor.answer(unlink(callerOf(actor), String(path))),
  },
  rmdir: {
    inputs: ['path'],
    run: (actor, { path }) => actor.answer(rmdir(callerOf(actor), String(path))),
  },
  rename: {
    inputs: ['path', 'to'],
    run: (actor, { path, to }) => actor.answer(rename(callerOf(actor), String(path), String(to))),
  },
  mount: {
    inputs: ['path', 'fstype', 'flags', 'data', 'source'],
    run: (actor, { path, fstype, flags, data }) =>
      actor.answer(
        mount(
          callerOf(actor),
          {
            path: String(path),
            fstype: String(fstype),
            flags: numberOf(flags),
            data: String(data ?? ''),
          },
          actor.world.fileSystems,
        ),
      ),
  },
  umount: {
    inputs: ['path'],
    run: (actor, { path }) => actor.answer(umount(callerOf(actor), String(path))),
  },
  chdir: {
    inputs: ['path'],
    run: (actor, { path }) => actor.answer(chdir(callerOf(actor), String(path))),
  },
  fchdir: {
    inputs: ['fd'],
    run: (actor, { fd }) => {
      const file = fileAt(actor.task.files!, Number(fd));
      return actor.answer(isRefusal(file) ? file : fchdir(callerOf(actor), file));
    },
  },
  chroot: {
    inputs: ['path'],
    run: (actor, { path }) => actor.answer(chroot(callerOf(actor), String(path))),
  },
  umask: {
    inputs: ['mask'],
    run: ({ task }, { mask }) => ok(setUmask(task.fs!, numberOf(mask))),
  },
  read_file: { inputs: ['path'], run: readFile },
  write_file: { inputs: ['path', 'text'], run: writeFile },
};
