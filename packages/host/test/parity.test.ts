// The model and the machine, asked the same: files of random kinds, modes and links are made on both, and
// both are asked to execute them, by root and by somebody else.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as model from '@forkless/task';
import fc from 'fast-check';
import { isRefusal, type Refusal } from '@forkless/errors';
import { describe, expect } from 'vitest';
import { start } from '../src/index.ts';
import { testReal } from './real.ts';

const trees = Number(process.env['FORKLESS_FUZZ'] ?? 0) >= 100_000 ? 150 : 25;
const entryCount = 8;
const questionCount = 12;
const somebody = 12_345;

type Entry =
  | { readonly kind: 'program' | 'empty' | 'words'; readonly mode: number }
  | { readonly kind: 'script'; readonly mode: number; readonly line: string; readonly to: number }
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'link'; readonly to: number };

interface Asked {
  readonly entry: number;
  readonly form: 'plain' | 'slash' | 'below' | 'dots' | 'long' | 'relative' | 'empty';
  readonly isRoot: boolean;
}

const mode = fc.constantFrom(0o755, 0o755, 0o755, 0o700, 0o644, 0o111, 0o010, 0o000);
const to = fc.nat(entryCount);
const entry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('program' as const), mode }) },
  fc.record({ kind: fc.constantFrom('empty' as const, 'words' as const), mode }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('script' as const),
      mode,
      line: fc.constantFrom(
        '#!@\n',
        '#! @ arg\n',
        '#!@',
        '#!\t@\targ\n',
        '#!\n',
        '#!   \n',
        '#! /no/such\n',
        '# @\n',
      ),
      to,
    }),
  },
  fc.record({ kind: fc.constant('folder' as const), mode }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('link' as const), to }) },
);
const asked: fc.Arbitrary<Asked> = fc.record({
  entry: to,
  form: fc.constantFrom(
    'plain',
    'plain',
    'plain',
    'slash',
    'below',
    'dots',
    'long',
    'relative',
    'empty',
  ),
  isRoot: fc.boolean(),
});

/** The text of a script whose interpreter is an entry of the folder. */
function scriptText({ line, to: target }: { line: string; to: number }, folder: string): string {
  return line.replace('@', `${folder}/e${target}`);
}

function pathAsked({ entry: index, form }: Asked, folder: string): string {
  const path = `${folder}/e${index}`;
  switch (form) {
    case 'slash':
      return `${path}/`;
    case 'below':
      return `${path}/x`;
    case 'dots':
      return `${folder}/./e${index}/../e${index}`;
    case 'long':
      return `${folder}/${'n'.repeat(256)}`;
    case 'relative':
      return `./e${index}`;
    case 'empty':
      return '';
    case 'plain':
      return path;
  }
}

function makeReal(entries: readonly Entry[], folder: string): void {
  for (const [index, one] of entries.entries()) {
    const path = `${folder}/e${index}`;
    if (one.kind === 'link') symlinkSync(`${folder}/e${one.to}`, path);
    else if (one.kind === 'folder') mkdirSync(path);
    else if (one.kind === 'program') copyFileSync('/bin/true', path);
    else writeFileSync(path, contentOf(one, folder));
    if (one.kind !== 'link') chmodSync(path, one.mode);
  }
}

function contentOf(one: Entry, folder: string): string {
  if (one.kind === 'script') return scriptText(one, folder);
  return one.kind === 'words' ? 'some words\n' : '';
}

async function askReal(question: Asked, folder: string): Promise<string> {
  const child = await start({
    path: pathAsked(question, folder),
    argv: ['x'],
    envp: [],
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
    ...(question.isRoot ? {} : { uid: somebody, gid: somebody }),
  });
  if (!child.ok) return child.errno;
  await child.exited;
  return 'OK';
}

const folderOfModel = '/t';

type Caller = Parameters<typeof model.mkdir>[0] & Parameters<typeof model.open>[0];

/** A new kernel for every question, as exec changes it. */
function askModel(entries: readonly Entry[], question: Asked): string {
  const fs = model.createFsStruct(model.createMountNamespace(model.createSuperBlock(model.EXT4)));
  const kernel = model.boot({ fs });
  const shell = must(model.fork(kernel, kernel.init));
  const caller = {
    cred: model.createCred(),
    fs: shell.fs!,
    node: 0,
    files: shell.files!,
    limit: 1024,
    anon: model.createAnonFs(),
  };
  must(model.mkdir(caller, folderOfModel, 0o755));
  for (const [index, one] of entries.entries()) {
    makeInModel(caller, one, `${folderOfModel}/e${index}`);
  }
  must(model.chdir(caller, folderOfModel));
  if (!question.isRoot) shell.cred = credOfSomebody();
  const path = pathAsked(question, folderOfModel);
  const result = model.execve(kernel, shell, { path, argv: ['x'], envp: [] });
  return isRefusal(result) ? result.errno : 'OK';
}

function credOfSomebody(): model.Cred {
  const id = somebody;
  const uids = { uid: id, euid: id, suid: id, fsuid: id };
  const gids = { gid: id, egid: id, sgid: id, fsgid: id };
  return model.createCred({ ...uids, ...gids, capPermitted: 0n, capEffective: 0n });
}

function makeInModel(caller: Caller, one: Entry, path: string): void {
  if (one.kind === 'link') {
    must(model.symlink(caller, `${folderOfModel}/e${one.to}`, path));
    return;
  }
  if (one.kind === 'folder') must(model.mkdir(caller, path, 0o755));
  else {
    const content =
      one.kind === 'program'
        ? model.smallestProgram()
        : new TextEncoder().encode(contentOf(one, folderOfModel));
    const flags = model.O_WRONLY | model.O_CREAT;
    const fd = must(model.open(caller, path, { flags, mode: 0o644 })) as number;
    must(model.write(caller.files, fd, content));
    must(model.closeFd(caller.files, fd));
  }
  must(model.chmod(caller, must(model.lookupPath(caller, path)) as never, one.mode));
}

function must<T>(result: T): Exclude<T, Refusal> {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  return result as Exclude<T, Refusal>;
}

describe('the model and this kernel', () => {
  testReal(
    `answer alike when ${trees * questionCount} files are executed`,
    async () => {
      const counts = new Map<string, number>();
      const tree = fc.array(entry, { minLength: entryCount, maxLength: entryCount });
      const questions = fc.array(asked, { minLength: questionCount, maxLength: questionCount });
      await fc.assert(
        fc.asyncProperty(tree, questions, async (entries, all) => {
          const folder = mkdtempSync(join(tmpdir(), 'forkless-parity-'));
          try {
            chmodSync(folder, 0o755);
            makeReal(entries, folder);
            for (const question of all) {
              const real = await askReal(question, folder);
              expect({ question, answer: askModel(entries, question) }).toEqual({
                question,
                answer: real,
              });
              counts.set(real, (counts.get(real) ?? 0) + 1);
            }
          } finally {
            rmSync(folder, { recursive: true });
          }
        }),
        { numRuns: trees, seed: 7 },
      );
      // Not all of one kind: every answer that these files can give was given.
      expect([...counts.keys()]).toEqual(
        expect.arrayContaining([
          'OK',
          'ENOENT',
          'EACCES',
          'ENOEXEC',
          'ENOTDIR',
          'ELOOP',
          'ENAMETOOLONG',
        ]),
      );
    },
    { needsRoot: true },
  );
});
