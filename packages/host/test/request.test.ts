// A request of the model is a request of the host: the same object is given to both.
import { boot, fork, installProgram, mkdir, SigSet } from '@forkless/task';
import {
  mechanismNamed,
  POSIX_SPAWN,
  spawn as spawnInModel,
  type SpawnRequest as ModelRequest,
} from '@forkless/spawn';
import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import { withoutAttributes } from '../src/attributes.ts';
import { start, type SpawnRequest } from '../src/index.ts';
import { testReal } from './real.ts';

const program = '/bin/true';

function askModel(request: ModelRequest): string {
  const kernel = boot();
  const { cred, fs } = kernel.init;
  const made = mkdir({ cred, fs: fs!, node: 0 }, '/bin', 0o755);
  if (isRefusal(made)) throw new Error(made.reason);
  installProgram(kernel.init, program);
  const parent = fork(kernel, kernel.init);
  if (isRefusal(parent)) throw new Error(parent.reason);
  const answer = spawnInModel(kernel, parent, mechanismNamed('posix-spawn-2.39')!, request);
  return 'errno' in answer ? answer.errno : 'OK';
}

async function askReal(request: SpawnRequest): Promise<string> {
  const child = await start(request);
  if (!child.ok) return child.errno;
  await child.exited;
  return 'OK';
}

const plain = { path: program, argv: ['true'], envp: ['A=1'] } as const;

const requests: Readonly<Record<string, ModelRequest>> = {
  'a path': plain,
  'a path that is not there': { ...plain, path: '/bin/no-such' },
  'a directory': { ...plain, path: '/' },
  'a search': { ...plain, path: 'true', search: '/no/such:/bin' },
  'a search without a PATH': { ...plain, path: 'true', search: null },
  'a search in vain': { ...plain, path: 'no-such', search: '/no/such:/bin' },
  'a name too long': { ...plain, path: `/${'n'.repeat(300)}` },
  'no arguments': { ...plain, argv: null },
  'an argument repeated': { ...plain, argv: [{ text: 'ab', times: 3 }] },
  'more arguments than there is room for': { ...plain, argv: [{ text: 'a', times: 2_000_000 }] },
  'an argument that is too long': { ...plain, argv: ['a'.repeat(200_000)] },
  'a new group': {
    ...plain,
    attributes: { flags: POSIX_SPAWN.POSIX_SPAWN_SETPGROUP, pgroup: 0 },
  },
  'a group that is not there': {
    ...plain,
    attributes: { flags: POSIX_SPAWN.POSIX_SPAWN_SETPGROUP, pgroup: 4_000_000 },
  },
  'a session': { ...plain, attributes: { flags: POSIX_SPAWN.POSIX_SPAWN_SETSID } },
  'a mask': {
    ...plain,
    attributes: { flags: POSIX_SPAWN.POSIX_SPAWN_SETSIGMASK, sigmask: SigSet.of([15]) },
  },
  'a change to a directory': { ...plain, actions: [{ kind: 'chdir', path: '/bin' }] },
  'a change to what is none': { ...plain, actions: [{ kind: 'chdir', path: '/no/such' }] },
  'a file that is not there': {
    ...plain,
    actions: [{ kind: 'open', fd: 5, path: '/no/such', flags: 0, mode: 0 }],
  },
  'a copy of what is closed': { ...plain, actions: [{ kind: 'dup2', fd: 700, to: 5 }] },
  'a place of the scheduler': { ...plain, place: 'ask-scheduler' },
  'a CPU': { ...plain, place: { cpus: [0] } },
  'closing all': { ...plain, actions: [{ kind: 'closefrom', fd: 3 }] },
};

describe('the model and this kernel answer alike to', () => {
  for (const [name, request] of Object.entries(requests)) {
    testReal(name, async () => {
      expect(await askReal(request)).toBe(askModel(request));
    });
  }
});

describe('attributes', () => {
  test('become what the request says otherwise', () => {
    const { POSIX_SPAWN_SETSCHEDULER: scheduler, POSIX_SPAWN_SETSIGMASK: mask } = POSIX_SPAWN;
    const attributes = { flags: scheduler | mask, policy: 3, sigmask: SigSet.of([2, 64]) };
    expect(withoutAttributes({ ...plain, attributes })).toEqual({
      ...plain,
      scheduler: { policy: 'batch', priority: 0 },
      signals: { mask: [2, 64] },
    });
  });

  test('that contradict the request are refused', () => {
    const attributes = { flags: POSIX_SPAWN.POSIX_SPAWN_SETSID };
    expect(() => withoutAttributes({ ...plain, session: false, attributes })).toThrow('said twice');
    const policy = { flags: POSIX_SPAWN.POSIX_SPAWN_SETSCHEDULER, policy: 4 };
    expect(() => withoutAttributes({ ...plain, attributes: policy })).toThrow(
      'no scheduling policy',
    );
  });
});
