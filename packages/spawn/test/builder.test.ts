import { closeFd, fork, openFds } from '@forkless/task';
import { describe, expect, test } from 'vitest';
import { openBuilder, PIDFD_BUILDER, PRISTINE } from '../src/index.ts';
import { createTestWorld, made } from './world.ts';

const PROGRAM = { path: '/bin/tool', argv: ['tool'], envp: [] } as const;

describe.each([PIDFD_BUILDER, PRISTINE])('a handle of $name', (mechanism) => {
  test('has no task and is charged to nobody until it runs', () => {
    const { kernel, shell } = createTestWorld();
    const tasks = kernel.tasks.size;
    const { builder } = made(openBuilder(kernel, shell, mechanism));
    expect(builder.refuseAsProcess()).toMatchObject({ errno: 'ESRCH' });
    expect(builder.config({ kind: 'chdir', path: '/d' })).toBeUndefined();
    expect(kernel.tasks.size).toBe(tasks);
    expect(made(builder.run(shell, { ...PROGRAM, path: 'tool' })).child.comm).toBe('tool');
    expect([builder.state, builder.refuseAsProcess()]).toEqual(['started', undefined]);
  });

  test('runs once', () => {
    const { kernel, shell } = createTestWorld();
    const { builder } = made(openBuilder(kernel, shell, mechanism));
    made(builder.run(shell, PROGRAM));
    expect(builder.run(shell, PROGRAM)).toMatchObject({ errno: 'EBUSY' });
    expect(builder.config({ kind: 'close', fd: 0 })).toMatchObject({ errno: 'EBUSY' });
  });

  test('is dead after a failed run, and no child is left', () => {
    const { kernel, shell } = createTestWorld();
    const tasks = kernel.tasks.size;
    const { builder } = made(openBuilder(kernel, shell, mechanism));
    expect(builder.run(shell, { ...PROGRAM, path: '/none' })).toMatchObject({ errno: 'ENOENT' });
    expect(builder.state).toBe('dead');
    expect(builder.run(shell, PROGRAM)).toMatchObject({ errno: 'ESRCH' });
    expect(kernel.tasks.size).toBe(tasks);
  });

  test('is aborted when its last descriptor is closed before the run', () => {
    const { kernel, shell } = createTestWorld();
    const { fd, builder } = made(openBuilder(kernel, shell, mechanism));
    closeFd(shell.files!, fd);
    expect(builder.state).toBe('aborted');
    expect(builder.run(shell, PROGRAM)).toMatchObject({ errno: 'ESRCH' });
  });

  test('is carried away by a fork of another thread, which its close-on-exec mark does not stop', () => {
    const { kernel, shell } = createTestWorld();
    const { fd, builder } = made(openBuilder(kernel, shell, mechanism));
    const other = made(fork(kernel, shell));
    closeFd(shell.files!, fd);
    expect(openFds(other.files!)).toContain(fd);
    expect(builder.state).toBe('empty');
    closeFd(other.files!, fd);
    expect(builder.state).toBe('aborted');
  });
});

test('a pristine child allocates every object on the node it was placed on', () => {
  const { nodes } = PRISTINE.pathFor({ ...PROGRAM, place: { node: 1 } });
  const slabs = nodes.flatMap((node) => (node.kind === 'slabAlloc' ? [node] : []));
  expect(slabs.map((slab) => slab.cache)).toContain('task_struct');
  expect(slabs.every((slab) => typeof slab.node === 'function')).toBe(true);
});
