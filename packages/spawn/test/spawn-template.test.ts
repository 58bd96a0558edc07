import { isRefusal } from '@forkless/errors';
import {
  chmod,
  chown,
  copyCred,
  exitGroupWith,
  installProgram,
  link,
  lookupPath,
  openFds,
  pidfdAt,
  rename,
  touchFile,
  wait4,
  type Looker,
  type Path,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  createTemplate,
  mechanismNamed,
  MECHANISMS,
  pathLines,
  POSIX_SPAWN,
  spawn,
  templateMechanism,
  type SpawnRequest,
} from '../src/index.ts';
import { createTestWorld, made } from './world.ts';

const REQUEST: SpawnRequest = {
  path: '/bin/tool',
  argv: ['tool'],
  envp: [],
  actions: [{ kind: 'open', fd: 5, path: '/d/text', flags: 0, mode: 0 }],
};

describe('a spawn template', () => {
  test('closes everything from 3 on unless told to inherit', () => {
    const { kernel, shell } = createTestWorld();
    const template = made(createTemplate(shell, '/bin/tool'));
    const closed = made(spawn(kernel, shell, templateMechanism(template), { ...REQUEST }));
    expect(openFds(closed.child.files!)).toEqual([]);
    const inheriting = templateMechanism(template, { inheritFds: true });
    const kept = made(spawn(kernel, shell, inheriting, { ...REQUEST }));
    expect(openFds(kept.child.files!)).toEqual([5]);
  });

  test('gives a pidfd for the child', () => {
    const { kernel, shell } = createTestWorld();
    const template = made(createTemplate(shell, '/bin/tool'));
    const { child, pidfd } = made(spawn(kernel, shell, templateMechanism(template), REQUEST));
    expect(made(pidfdAt(shell.files!, pidfd!)).pid).toBe(child.pid);
  });

  test.each([
    ['a relative path', 'bin/tool', 'EINVAL'],
    ['a text that is no program', '/d/text', 'ENOEXEC'],
    ['what is not there', '/none', 'ENOENT'],
    ['a directory', '/d', 'EACCES'],
  ])('is not made of %s', (_, path, errno) => {
    const { shell } = createTestWorld();
    expect(createTemplate(shell, path)).toMatchObject({ errno });
  });

  test('is not made of a script', () => {
    const { kernel, shell } = createTestWorld();
    const script = new TextEncoder().encode('#!/bin/tool\n');
    installProgram(kernel.init, '/d/script', script);
    expect(createTemplate(shell, '/d/script')).toMatchObject({ errno: 'ENOEXEC' });
  });

  test('serves only the very credentials it was made with', () => {
    const { kernel, shell } = createTestWorld();
    const template = made(createTemplate(shell, '/bin/tool'));
    shell.cred = copyCred(shell.cred);
    expect(spawn(kernel, shell, templateMechanism(template), REQUEST)).toMatchObject({
      errno: 'EACCES',
    });
  });

  test('keeps writers away until it is closed, or becomes stale when it only looks', () => {
    const { kernel, shell } = createTestWorld();
    const guarded = made(createTemplate(shell, '/bin/tool'));
    expect(installProgram(kernel.init, '/bin/tool')).toMatchObject({ errno: 'ETXTBSY' });
    guarded.close();
    const watching = made(createTemplate(shell, '/bin/tool', 'detectAndDrop'));
    expect(installProgram(kernel.init, '/bin/tool', Uint8Array.from([1]))).toBeUndefined();
    expect(spawn(kernel, shell, templateMechanism(watching), REQUEST)).toMatchObject({
      errno: 'ESTALE',
    });
  });

  test.each<[string, (looker: Looker, path: Path) => unknown]>([
    ['chmod', (looker, path) => chmod(looker, path, 0o700)],
    ['chown', (looker, path) => chown(looker, path, { uid: 1, gid: 1 })],
    ['touch', touchFile],
    ['a hard link', (looker) => link(looker, '/bin/tool', '/d/other')],
    ['a rename over it', (looker) => rename(looker, '/d/tool', '/bin/tool')],
  ])('is stale after %s, whichever way it looks at writers', (_, changes) => {
    for (const invalidation of ['denyWrite', 'detectAndDrop'] as const) {
      const { kernel, shell } = createTestWorld();
      const looker = { cred: shell.cred, fs: shell.fs!, node: 0 };
      const template = made(createTemplate(shell, '/bin/tool', invalidation));
      made(spawn(kernel, shell, templateMechanism(template), { ...REQUEST }));
      changes(looker, made(lookupPath(looker, '/bin/tool')));
      const stale = spawn(kernel, shell, templateMechanism(template), { ...REQUEST });
      expect(stale).toMatchObject({ errno: 'ESTALE' });
    }
  });

  test('made, used and closed is one list that can be run and printed', () => {
    const { kernel, shell } = createTestWorld();
    const mechanism = mechanismNamed('spawn-template')!;
    expect(MECHANISMS).not.toContain(mechanism);
    expect(made(spawn(kernel, shell, mechanism, REQUEST)).child.comm).toBe('tool');
    const lines = pathLines(mechanism.pathFor(REQUEST).nodes).map(({ text }) => text);
    expect(lines).toContain('kernel for parent: open the program again and compare');
    // Nobody runs it and no template is left, so that it can be written to again.
    const busy = { ...REQUEST, path: '/d/tool', actions: [] };
    const { child } = made(spawn(kernel, shell, mechanism, busy));
    exitGroupWith(kernel, child, 0);
    expect(installProgram(kernel.init, '/d/tool')).toBeUndefined();
  });

  test('tells what goes wrong in the child by an exit status', () => {
    const { kernel, shell } = createTestWorld();
    const template = made(createTemplate(shell, '/bin/tool'));
    const actions = [{ kind: 'chdir', path: '/none' }] as const;
    const result = spawn(kernel, shell, templateMechanism(template), { ...REQUEST, actions });
    expect(isRefusal(result)).toBe(false);
    expect(wait4(kernel, shell, -1)).toMatchObject({ waitStatus: 127 << 8 });
  });

  test('refuses attributes the RFC does not have', () => {
    const { kernel, shell } = createTestWorld();
    const template = made(createTemplate(shell, '/bin/tool'));
    const attributes = { flags: POSIX_SPAWN.POSIX_SPAWN_SETSID };
    expect(
      spawn(kernel, shell, templateMechanism(template), { ...REQUEST, attributes }),
    ).toMatchObject({ errno: 'EINVAL' });
  });
});
