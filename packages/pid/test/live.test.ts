// The pid rules asked of the kernel that is here, in a new pid namespace, and of the model in the same
// words. Skipped with the reason where no namespace or compiler can be had.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRefusal } from '@forkless/errors';
import { expect, test } from 'vitest';
import {
  IdrIds,
  lastPid,
  Pid,
  PID_KERNELS,
  pidMaxBounds,
  PidNamespaces,
  setLastPid,
  setPidMax,
  type PidKernelName,
  type PidNamespace,
} from '../src/index.ts';

type Operation = readonly [op: string, a?: number, b?: number, c?: number];

const SCRIPT: readonly Operation[] = [
  ['fork'],
  ['fork'],
  ['stay'],
  ['last'],
  ['set-last', 99],
  ['fork'],
  ['set', 50],
  ['fork'],
  ['set-stay', 60],
  ['set', 60],
  ['set', 1],
  ['set', 0],
  ['set', -1],
  ['set-many', 70, 0, 33],
  ['set-last', -1],
  ['last'],
  ['fork'],
  ['set', 4_194_304],
];

/** Asked only where pid_max is a namespace's own. */
const PID_MAX_SCRIPT: readonly Operation[] = [
  ['set-max', 300],
  ['set-max', 310],
  ['set-last', 308],
  ['fork'],
  ['fork'],
  ['fork'],
  ['set', 310],
  ['set', 309],
  ['set-last', 311],
];

const [major, minor] = release().split('.').map(Number) as [number, number];
const isAtLeast = (wantedMajor: number, wantedMinor: number) =>
  major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
const kernel: PidKernelName = isAtLeast(7, 0) ? '7.0' : isAtLeast(6, 15) ? '6.18' : '6.12';

test('the rules of this kernel are those of the model', (context) => {
  const script = isAtLeast(6, 14) ? [...SCRIPT, ...PID_MAX_SCRIPT] : SCRIPT;
  const folder = mkdtempSync(join(tmpdir(), 'pid-rules-'));
  try {
    const program = join(folder, 'pid-rules');
    const source = fileURLToPath(new URL('live/pid-rules.c', import.meta.url));
    const compiled = spawnSync('gcc', ['-O1', '-o', program, source], { encoding: 'utf8' });
    if (compiled.error !== undefined) return context.skip('gcc is not installed');
    expect(compiled.stderr).toBe('');
    const input = script.map(([op, a = 0, b = 0, c = 0]) => `${op} ${a} ${b} ${c}\n`).join('');
    const args = ['--pid', '--fork', '--mount-proc', program];
    const asked = spawnSync('unshare', args, { input, encoding: 'utf8' });
    if (asked.error !== undefined) return context.skip('unshare is not installed');
    if (asked.status !== 0) {
      return context.skip(`no pid namespace can be made here: ${asked.stderr.trim()}`);
    }
    const real = asked.stdout.trim().split('\n').map(Number);
    expect(real.map((answer, at) => [script[at], answer])).toEqual(
      askModel(script).map((answer, at) => [script[at], answer]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The same of the model, in a namespace at level 1 whose init asks. */
function askModel(script: readonly Operation[]): number[] {
  const pids = new PidNamespaces({
    allocator: () => new IdrIds<Pid>(),
    kernel: PID_KERNELS[kernel],
    pidMax: 4_194_304,
  });
  pids.alloc({ namespace: pids.initial });
  const namespace = pids.createNamespace(pids.initial) as PidNamespace;
  pids.alloc({ namespace });
  const errnoOf = (answer: unknown): number =>
    isRefusal(answer) ? -constants.errno[answer.errno as 'EINVAL'] : 0;
  const make = (setTid: readonly number[], stays: boolean): number => {
    const pid = pids.alloc({ namespace, setTid });
    if (!(pid instanceof Pid)) return errnoOf(pid);
    if (!stays) pids.free(pid);
    return pid.numbers[1]!;
  };
  const answers: Readonly<Record<string, (a: number, b: number, c: number) => number>> = {
    fork: () => make([], false),
    stay: () => make([], true),
    set: (a) => make([a], false),
    'set-stay': (a) => make([a], true),
    'set-many': (a, b, c) =>
      make(
        Array.from({ length: c }, (_, at) => [a, b][at] ?? 0),
        false,
      ),
    last: () => lastPid(namespace),
    'set-last': (a) => errnoOf(setLastPid(namespace, a)),
    'set-max': (a) => errnoOf(setPidMax(namespace, a, pidMaxBounds(1))),
  };
  return script.map(([op, a = 0, b = 0, c = 0]) => answers[op]!(a, b, c));
}
