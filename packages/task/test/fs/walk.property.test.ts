import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closeFd,
  createCred,
  createFsStruct,
  createMountNamespace,
  createSuperBlock,
  EXT4,
  lookupPath,
  mkdir,
  symlink,
  TMPFS,
  type FileSystemType,
  type Looker,
} from '../../src/index.ts';
import { createCaller, openFile } from '../file-world.ts';
import { plainWalk, type PlainNode } from '../reference/plain-walk.ts';

const OPERATIONS = Number(process.env['FORKLESS_FUZZ'] ?? 6_000);
const NAMES = ['a', 'b', 'c', 'd'] as const;

const name = fc.constantFrom(...NAMES);
const step = fc.oneof(
  { weight: 6, arbitrary: name },
  { weight: 1, arbitrary: fc.constantFrom('.', '..') },
);
const path = fc
  .tuple(
    fc.constantFrom('', '/', '//'),
    fc.array(step, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '', '/'),
  )
  .map(([start, steps, end]) => start + steps.join('/') + end);
const creation = fc.record({
  kind: fc.constantFrom('dir', 'dir', 'file', 'link'),
  directory: fc.array(name, { maxLength: 3 }),
  name,
  target: path,
});
const scene = fc.record({
  creations: fc.array(creation, { minLength: 5, maxLength: 30 }),
  paths: fc.array(fc.tuple(path, fc.boolean()), { minLength: 20, maxLength: 60, size: 'max' }),
});

function grow(
  type: FileSystemType,
  creations: readonly (typeof creation extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const caller = createCaller();
  const fs = createFsStruct(createMountNamespace(createSuperBlock(type)));
  const here = { ...caller, fs };
  const root: PlainNode = { kind: 'dir', id: 1, entries: new Map() };
  for (const { kind, directory, name: last, target } of creations) {
    let parent: PlainNode | undefined = root;
    for (const part of directory) {
      parent = parent?.kind === 'dir' ? parent.entries.get(part) : undefined;
    }
    if (parent?.kind !== 'dir' || parent.entries.has(last)) continue;
    const full = `/${[...directory, last].join('/')}`;
    if (kind === 'dir') expect(isRefusal(mkdir(here, full, 0o755))).toBe(false);
    else if (kind === 'link') expect(isRefusal(symlink(here, target, full))).toBe(false);
    else expect(closeFd(here.files, openFile(here, full))).toBeNull();
    const found = lookupPath(here, full, { follow: false });
    const id = isRefusal(found) ? -1 : found.dentry.inode!.ino;
    parent.entries.set(last, plainNode(kind, id, target));
  }
  return { here, root };
}

function plainNode(kind: string, id: number, target: string): PlainNode {
  if (kind === 'dir') return { kind, id, entries: new Map() };
  return kind === 'link' ? { kind, id, target } : { kind: 'file', id };
}

test.each([TMPFS, EXT4])(
  'random paths in a random tree lead where plain ones lead: $name',
  (type) => {
    fc.assert(
      fc.property(scene, ({ creations, paths }) => {
        const { here, root } = grow(type, creations);
        for (const [text, follow] of paths) {
          const found = lookupPath(here, text, { follow });
          const answer = isRefusal(found) ? found.errno : found.dentry.inode!.ino;
          expect([text, answer]).toEqual([text, plainWalk(root, text, follow)]);
        }
      }),
      { seed: 11, numRuns: Math.max(Math.floor(OPERATIONS / 100), 10) },
    );
  },
);

test('a second walk of the same path allocates nothing, whoever looks', () => {
  const caller = createCaller();
  closeFd(caller.files, openFile(caller, '/t/f'));
  const seen: [string, number][] = [];
  const far: Looker = {
    cred: createCred(),
    fs: caller.fs,
    node: 1,
    onAlloc: (object, node) => {
      seen.push([object, node]);
    },
  };
  lookupPath(far, '/bin/none');
  lookupPath(far, '/etc');
  lookupPath(far, '/etc');
  expect(seen).toEqual([
    ['dentry', 1],
    ['dentry', 1],
  ]);
});
