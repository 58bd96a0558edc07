// Ordered file actions on the model's table and on a real child: the same descriptors are left, on the same
// files, or the same errno is the answer.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal, type Refusal } from '@forkless/errors';
import * as model from '@forkless/task';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { close, closeFrom, dup2, open, start, type FileAction } from '../src/index.ts';
import { testReal } from './real.ts';

const lists = Number(process.env['FORKLESS_FUZZ'] ?? 0) >= 100_000 ? 1500 : 150;
const fileCount = 4;
const readOnly = 0;
const limit = 4096;

/** Actions over files of ours by their index, numbers that are free in this process, and 0 and 2. */
const number = fc.oneof(
  fc.nat(fileCount - 1).map((index) => ({ ours: index })),
  fc.constantFrom(0, 2, 900, 901, 902, 903).map((fd) => ({ fd })),
);
type Numbered = { readonly ours: number } | { readonly fd: number };
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('dup2' as const), from: number, to: number }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), at: number }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      at: number,
      index: fc.nat(fileCount),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('closeFrom' as const),
      first: fc.constantFrom(3, 901, 902),
    }),
  },
);
type Drawn =
  | { readonly kind: 'dup2'; readonly from: Numbered; readonly to: Numbered }
  | { readonly kind: 'close'; readonly at: Numbered }
  | { readonly kind: 'open'; readonly at: Numbered; readonly index: number }
  | { readonly kind: 'closeFrom'; readonly first: number };

interface World {
  readonly folder: string;
  readonly fds: readonly number[];
}

function numberOf(numbered: Numbered, { fds }: World): number {
  return 'fd' in numbered ? numbered.fd : fds[numbered.ours]!;
}

/** The last index names a file that is not there. */
function pathOf(index: number, folder: string): string {
  return `${folder}/f${index}`;
}

function real(drawn: Drawn, world: World): FileAction {
  switch (drawn.kind) {
    case 'dup2':
      return dup2(numberOf(drawn.from, world), numberOf(drawn.to, world));
    case 'close':
      return close(numberOf(drawn.at, world));
    case 'open':
      return open(numberOf(drawn.at, world), pathOf(drawn.index, world.folder), readOnly);
    case 'closeFrom':
      return closeFrom(drawn.first);
  }
}

/** Lines `number file` of what the child has, without what `ls` opens itself. */
async function askReal(drawn: readonly Drawn[], world: World): Promise<unknown> {
  const child = await start({
    path: '/bin/ls',
    argv: ['ls', '-l', '/proc/self/fd'],
    stdio: ['ignore', 'pipe', 'ignore'],
    actions: drawn.map((one) => real(one, world)),
  });
  if (!child.ok) return child.errno;
  let text = '';
  for await (const chunk of child.stdio[1]!) text += String(chunk);
  return [...text.matchAll(/ (\d+) -> (\S+)/g)]
    .filter(([, fd, path = '']) => fd !== '1' && !path.startsWith('/proc/'))
    .map(([, fd, path]) => [Number(fd), path === '/dev/null' ? 'null' : path])
    .toSorted(([a], [b]) => Number(a) - Number(b));
}

function askModel(drawn: readonly Drawn[], world: World): unknown {
  const fs = model.createFsStruct(model.createMountNamespace(model.createSuperBlock(model.EXT4)));
  const files = model.createFiles();
  const caller = {
    cred: model.createCred(),
    fs,
    node: 0,
    files,
    limit,
    anon: model.createAnonFs(),
  };
  for (const folder of foldersOf(world.folder)) must(model.mkdir(caller, folder, 0o755));
  const flags = model.O_CREAT | model.O_CLOEXEC | model.O_WRONLY;
  const names = new Map<unknown, string>();
  const put = (path: string, fd: number, fdFlags: number, name = path) => {
    const opened = must(model.open(caller, path, { flags, mode: 0o600 })) as number;
    must(model.dup3(files, opened, fd, { flags: fdFlags, limit }));
    must(model.closeFd(files, opened));
    names.set(files.slots[fd]!.path.dentry, name);
  };
  // The three first, so that what is opened after them is out of the way of the real numbers.
  for (const fd of [0, 1, 2]) must(model.open(caller, `/null${fd}`, { flags, mode: 0o600 }));
  for (const [index, fd] of world.fds.entries()) {
    put(pathOf(index, world.folder), fd, model.O_CLOEXEC);
  }
  for (const fd of [0, 1, 2]) put(`/null${fd}`, fd, 0, 'null');
  for (const one of drawn) {
    const answer = act(caller, one, world);
    if (isRefusal(answer)) return answer.errno;
  }
  model.closeOnExec(files);
  return model
    .openFds(files)
    .filter((fd) => fd !== 1)
    .map((fd) => [fd, names.get(files.slots[fd]!.path.dentry)]);
}

function foldersOf(folder: string): string[] {
  const parts = folder.split('/').slice(1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

/** As posix_spawn does it with the calls of the model. */
function act(
  caller: Parameters<typeof model.open>[0] & { files: model.FilesStruct },
  drawn: Drawn,
  world: World,
): unknown {
  const { files } = caller;
  switch (drawn.kind) {
    case 'dup2': {
      const [from, to] = [numberOf(drawn.from, world), numberOf(drawn.to, world)];
      const answer = model.dup2(files, from, to, limit);
      if (from === to && !isRefusal(answer)) files.fdFlags[to] = 0;
      return answer;
    }
    case 'close':
      model.closeFd(files, numberOf(drawn.at, world));
      return null;
    case 'open': {
      const at = numberOf(drawn.at, world);
      model.closeFd(files, at);
      const opened = model.open(caller, pathOf(drawn.index, world.folder), {
        flags: readOnly,
        mode: 0,
      });
      if (typeof opened !== 'number') return opened;
      if (opened === at) return null;
      must(model.dup2(files, opened, at, limit));
      return model.closeFd(files, opened);
    }
    case 'closeFrom':
      model.closeFrom(files, drawn.first);
      return null;
  }
}

function must<T>(result: T): Exclude<T, Refusal> {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  return result as Exclude<T, Refusal>;
}

describe('the model and this kernel', () => {
  testReal(`leave the same descriptors after ${lists} lists of file actions`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forkless-parity-'));
    const fds = Array.from({ length: fileCount }, (_, index) =>
      openSync(pathOf(index, folder), 'w'),
    );
    try {
      const drawn = fc.array(action, { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(drawn, async (actions) => {
          const world = { folder, fds };
          expect(askModel(actions, world)).toEqual(await askReal(actions, world));
        }),
        { numRuns: lists, seed: 11 },
      );
    } finally {
      for (const fd of fds) closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  });
});
