// Executing programs, what they report of themselves, and the search for the largest arguments that work.

import { isRefusal } from '@forkless/errors';
import {
  AT_FDCWD,
  dPath,
  dropPlan,
  execve,
  fitsStack,
  prepareExec,
  programOf,
  sendSignal,
  SIGNALS,
  STACK_GAP_END,
  type ArgRun,
  type ArgVector,
  type ExecRequest,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable } from '../call.ts';
import { callerOf } from '../caller.ts';
import { Within } from '../compare.ts';
import { tableOf } from '../describe-fds.ts';
import type { Fields, Json } from '../scenario.ts';
import { runProgram } from '../test-programs.ts';
import { numberOf } from '../words.ts';

/** A vector as a recording spells it: null, a bad pointer, or strings and runs of `x`. */
export function vectorOf(input: Json | undefined): ArgVector {
  if (input === null || input === undefined) return null;
  if (!Array.isArray(input)) return 'fault';
  return input.map((item: Json) => {
    if (typeof item === 'string') return item;
    const { len, times, bad } = item as Fields;
    if (bad !== undefined) return { fault: true };
    return { text: 'x'.repeat(Number(len ?? 0)), times: Number(times ?? 1) };
  });
}

/** A path, continued with a filler to a length if asked. */
function pathOf({ path, pathlen, pathfill, pathptr }: Fields): ExecRequest['path'] {
  if (pathptr === 'bad') return { fault: true };
  const start = String(path);
  if (pathlen === undefined) return start;
  const fill = String(pathfill ?? 'x');
  const missing = Number(pathlen) - start.length;
  return start + fill.repeat(Math.ceil(Math.max(missing, 0) / fill.length)).slice(0, missing);
}

function runExec(actor: Actor, inputs: Fields): Answer {
  const { kernel, task } = actor;
  const dirfd = inputs['dirfd'];
  const result = execve(kernel, task, {
    path: pathOf(inputs),
    argv: vectorOf(inputs['argv']),
    envp: vectorOf(inputs['envp']),
    dirfd: dirfd === undefined ? AT_FDCWD : numberOf(dirfd),
    flags: numberOf(inputs['atflags']),
  });
  if (result === 'checked') return ok();
  if (isRefusal(result)) return failed(result.errno);
  startProgram(actor, result === 'killed');
  return { ret: 'replaced', errno: null };
}

/** What the program does from here on: it reports, sleeps, exits as told, or dies. */
export function startProgram(actor: Actor, isKilled: boolean): void {
  const { task } = actor;
  const program = programOf(task.mm);
  const end = runProgram(isKilled ? null : (program?.image ?? null));
  if (end.signal !== 0) dieOf(actor, end.signal);
  actor.program = {
    argv: end.reports ? texts(program?.argv ?? []) : [],
    opensFile: end.reports,
    report: () => (end.reports ? actor.state() : {}),
  };
}

function dieOf({ task }: Actor, signal: number): void {
  const { handler } = task.sighand.action(signal);
  if (handler === 'IGN' || task.blocked.has(signal)) task.sighand.flushHandlers(true);
  task.blocked.delete(signal);
  sendSignal(task, { signal, from: 'kernel' }, 'thread');
}

/** Vectors longer than this are told by their length only. */
const TEXTS_MAX = 1000;

function texts(runs: readonly ArgRun[]): string[] {
  return runs.flatMap(({ text, times }) =>
    Array.from({ length: Math.min(times, TEXTS_MAX) }, () => text),
  );
}

function countOf(runs: readonly ArgRun[]): number {
  return runs.reduce((sum, { times }) => sum + times, 0);
}

const hex = (set: bigint): string => set.toString(16).padStart(16, '0');

/** What files, credentials and the program add to a state. */
export function fileState({ task }: Actor): Record<string, unknown> {
  const { cred, fs, files, mm } = task;
  const program = programOf(mm);
  return {
    uid: [cred.uid, cred.euid, cred.suid],
    gid: [cred.gid, cred.egid, cred.sgid],
    groups: [...cred.groups],
    cap_eff: hex(cred.capEffective),
    cap_prm: hex(cred.capPermitted),
    cap_inh: hex(cred.capInheritable),
    cap_bnd: hex(cred.capBset),
    cap_amb: hex(cred.capAmbient),
    securebits: cred.securebits,
    keepcaps: (cred.securebits & 16) === 0 ? 0 : 1,
    umask: fs?.umask ?? 0,
    cwd: fs === null ? '' : dPath(fs.pwd, fs.root),
    fds: fs === null || files === null ? [] : tableOf(task),
    mempolicy: task.mempolicy?.mode ?? 0,
    mempolicy_nodes: task.mempolicy?.nodes ?? 0,
    ...(program === undefined || fs === null
      ? {}
      : {
          argc: countOf(program.argv),
          argv: texts(program.argv),
          envc: countOf(program.envp),
          env: texts(program.envp),
          at_execfn: program.execfn,
          at_secure: program.isSecure ? 1 : 0,
          exe: dPath(program.exe.path, fs.root),
        }),
  };
}

type Trial = 'works' | { readonly error: string };

/** One trial of arg_limit: would a payload of that size work? */
function tryPayload(actor: Actor, inputs: Fields, size: number, gap: number): Trial {
  const payload = payloadOf(inputs, size);
  const stackLimit = Number(inputs['stack']);
  const plan = prepareExec(
    { ...callerOf(actor), ...UNSET, stackLimit },
    {
      path: String(inputs['path']),
      argv: payload,
      envp: inputs['vec'] === 'envp' ? payload : [],
    },
  );
  if (isRefusal(plan)) return { error: plan.errno };
  if (plan === 'checked') return 'works';
  dropPlan(plan);
  return fitsStack(plan, stackLimit, gap) ? 'works' : { error: `status ${SIGNALS.SIGSEGV}` };
}

const UNSET = { noNewPrivs: false, sharesFs: false, isOverNproc: () => false };

/**
 * "a" and the payload. In mode `bytes` it is split into strings of `each` characters, NULs included in the
 * size; in mode `count` the recorder passed that many empty strings, whatever `each` says.
 */
function payloadOf({ mode, each }: Fields, size: number): ArgVector {
  if (mode === 'one') return ['a', 'x'.repeat(size)];
  if (mode === 'count') return ['a', { text: '', times: size }];
  const bytes = Number(each) + 1;
  const rest = size % bytes;
  return [
    'a',
    { text: 'x'.repeat(Number(each)), times: Math.floor(size / bytes) },
    ...(rest === 0 ? [] : ['x'.repeat(rest - 1)]),
  ];
}

/** Above every payload that can work. */
const PAYLOAD_END = 1 << 23;

function largest(actor: Actor, inputs: Fields, gap: number): { size: number; error: string } {
  let works = 0;
  let fails = inputs['max'] === undefined ? PAYLOAD_END : Number(inputs['max']) + 1;
  let error = '';
  while (fails - works > 1) {
    const size = Math.floor((works + fails) / 2);
    const trial = tryPayload(actor, inputs, size, gap);
    if (trial === 'works') works = size;
    else {
      fails = size;
      ({ error } = trial);
    }
  }
  return { size: works, error };
}

/** The largest payload; an interval where the random gap below the stack top decides. */
function argLimit(actor: Actor, inputs: Fields): Answer {
  const most = largest(actor, inputs, 0);
  const least = largest(actor, inputs, STACK_GAP_END - 1);
  const size = most.size === least.size ? most.size : new Within(least.size, most.size);
  return { largest: size, errno_above: most.error };
}

/** The calls by name. */
export const EXEC_CALLS: CallTable = {
  execve: {
    inputs: ['path', 'pathlen', 'pathfill', 'pathptr', 'argv', 'envp'],
    run: runExec,
  },
  execveat: {
    inputs: ['path', 'pathlen', 'pathfill', 'pathptr', 'argv', 'envp', 'dirfd', 'atflags'],
    run: runExec,
  },
  arg_limit: {
    inputs: ['stack', 'mode', 'path', 'each', 'vec', 'max'],
    run: argLimit,
  },
  set_mempolicy: {
    inputs: ['mode', 'nodes'],
    run: ({ task }, { mode, nodes }) => {
      const number = MODES.indexOf(String(mode));
      task.mempolicy = number <= 0 ? null : { mode: number, nodes: numberOf(nodes) };
      return ok();
    },
  },
};

/** MPOL_ modes by number. */
const MODES = ['MPOL_DEFAULT', 'MPOL_PREFERRED', 'MPOL_BIND', 'MPOL_INTERLEAVE', 'MPOL_LOCAL'];
