// A request carried out by node:child_process, where the addon cannot: what it can express it does, and
// what it cannot is refused by name, never left out in silence.
import { isUtf8 } from 'node:buffer';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Socket } from 'node:net';
import { ConfigError, refuse } from '@forkless/errors';
import { withoutAttributes } from './attributes.ts';
import { errnoName } from './native.ts';
import { defaultSearch, textsOf } from './program.ts';
import type { SpawnRequest, Text } from './request.ts';
import type { Child, StartRefusal } from './start.ts';

/** Members of a request that node:child_process has a word for. */
const expressible = new Set([
  'path',
  'search',
  'argv',
  'env',
  'envp',
  'cwd',
  'stdio',
  'session',
  'uid',
  'gid',
  // Asked for at the end of the list only, where it says what Node does anyway.
  'actions',
]);

/** Starts a child by `node:child_process`; ENOTSUP for what that has no word for. */
export function startByNode(asked: SpawnRequest): Promise<Child | StartRefusal> {
  const request = withoutAttributes(asked);
  const strange = Object.entries(request)
    .filter(([name, value]) => value !== undefined && !expressible.has(name))
    .filter(([name]) => name !== 'place' || typeof request.place === 'object')
    .map(([name]) => name);
  if (request.actions?.some(({ kind }) => kind !== 'closefrom') === true) strange.push('actions');
  if (typeof request.cwd === 'number') strange.push('cwd');
  if (hasStrangeBytes(request)) strange.push('bytes that are not UTF-8');
  if (strange.length > 0) {
    const reason = `node:child_process has no word for ${strange.join(', ')}`;
    return Promise.resolve({ ...refuse('ENOTSUP', reason), step: 'clone3' });
  }
  return new Promise((resolve, reject) => {
    try {
      run(request, resolve);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ERR_INVALID_ARG_VALUE') reject(new ConfigError(message));
      else resolve({ ...refuse(code ?? 'EINVAL', message), step: 'execve' });
    }
  });
}

function run(request: SpawnRequest, resolve: (result: Child | StartRefusal) => void): void {
  const [argv0 = '', ...rest] = textsOf('argv', request.argv).map(asText);
  const { cwd, uid, gid, session, stdio = ['inherit', 'inherit', 'inherit'] } = request;
  const child = spawn(asText(request.path), rest, {
    argv0,
    stdio: [...stdio],
    env: envOf(request),
    detached: session === true,
    ...(cwd === undefined ? {} : { cwd: asText(cwd as Text) }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  child.once('error', (error: NodeJS.ErrnoException) => {
    resolve({
      ...refuse(error.code ?? errnoName(-(error.errno ?? 0)), error.message),
      step: 'execve',
    });
  });
  child.once('spawn', () => {
    resolve({
      ok: true,
      pid: child.pid!,
      stdio: child.stdio.map((stream) => stream as Socket | null),
      exited,
      kill: (signal) => child.kill(signal as unknown as NodeJS.Signals),
      openPidfd: () => undefined,
      ref: () => child.ref(),
      unref: () => child.unref(),
    });
  });
  const exited = new Promise<Awaited<Child['exited']>>((settle) => {
    child.once('exit', (code, signal) =>
      settle({
        code,
        signal: signal === null ? null : constants.signals[signal],
        userUs: 0,
        systemUs: 0,
        rssKibMax: 0,
        lost: undefined,
      }),
    );
  });
}

function envOf({ env, envp, search }: SpawnRequest): NodeJS.ProcessEnv {
  const from =
    envp === undefined
      ? { ...(env ?? process.env) }
      : Object.fromEntries(textsOf('envp', envp).map((line) => cut(asText(line))));
  // Node looks in the PATH of the child's environment.
  return search === undefined ? from : { ...from, PATH: search ?? defaultSearch };
}

function cut(line: string): [string, string] {
  const at = line.indexOf('=', 1);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

function asText(text: Text): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString();
}

function hasStrangeBytes({ path, argv, envp = null, cwd }: SpawnRequest): boolean {
  const texts = [path, cwd, ...textsOf('argv', argv), ...textsOf('envp', envp)];
  return texts.some((text) => text instanceof Uint8Array && !isUtf8(text));
}
