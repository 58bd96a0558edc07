// posix_spawn and posix_spawnp of glibc 2.36, with the functions that fill in their attributes and
// actions. Which step of a refused spawn failed is found as the recordings found it: by asking again
// with ever longer prefixes of the actions and a program that always works.

import { isRefusal } from '@forkless/errors';
import {
  exitGroupWith,
  ID_TYPES,
  pidSeenBy,
  RLIMITS,
  SCHED,
  sendSignal,
  SIGNALS,
  SigSet,
  SLEEPS,
  wait4,
  WAIT,
  waitid,
} from '@forkless/task';
import {
  GLIBC_2_36,
  POSIX_SPAWN,
  spawn,
  type FileAction,
  type SpawnAttributes,
  type SpawnRequest,
} from '@forkless/spawn';
import type { Actor } from '../actor.ts';
import type { Answer, CallTable, Running } from '../call.ts';
import { signalOf } from '../clone-request.ts';
import type { Fields, Json } from '../scenario.ts';
import { numberOf } from '../words.ts';
import { startProgram, vectorOf } from './exec-calls.ts';

/** The program that always works, and the PATH every scenario starts with. */
const WORKS = '/t/.ok';
const PATH = '/t/bin';
/** Flags glibc 2.36 knows. */
const KNOWN_FLAGS = 0xff;

/** An attribute or an action as far as its setter took it, with what the setter said. */
interface Filled<T> {
  readonly value: T;
  readonly answers: Answer;
}

function fillAttributes(actor: Actor, inputs: Fields): Filled<SpawnAttributes | undefined> {
  if (inputs['noattr'] !== undefined) return { value: undefined, answers: {} };
  const { policy, prio, pgroup, sigdef, sigmask } = inputs;
  const wanted = flagsOf(inputs['flags']);
  const isKnown = (wanted & ~KNOWN_FLAGS) === 0;
  const number = policyOf(policy);
  const isPolicy = [SCHED.SCHED_OTHER, SCHED.SCHED_FIFO, SCHED.SCHED_RR].some((p) => p === number);
  return {
    value: {
      flags: isKnown ? wanted : 0,
      pgroup: actor.number(pgroup ?? 0),
      sigdefault: signalsOf(sigdef),
      sigmask: signalsOf(sigmask),
      policy: isPolicy ? number : 0,
      priority: Number(prio ?? 0),
    },
    answers: {
      setflags: isKnown ? 'OK' : 'EINVAL',
      ...(policy === undefined ? {} : { setschedpolicy: isPolicy ? 'OK' : 'EINVAL' }),
      ...(prio === undefined ? {} : { setschedparam: 'OK' }),
    },
  };
}

function flagsOf(input: Json | undefined): number {
  if (typeof input === 'number') return input;
  return String(input ?? 0)
    .split('|')
    .reduce(
      (all, word) => all | (POSIX_SPAWN[word as keyof typeof POSIX_SPAWN] ?? Number(word)),
      0,
    );
}

function policyOf(input: Json | undefined): number {
  if (typeof input === 'number') return input;
  return SCHED[String(input) as keyof typeof SCHED] ?? 0;
}

function signalsOf(input: Json | undefined): SigSet {
  return SigSet.of(((input ?? []) as readonly Json[]).map(signalOf));
}

function fillActions(actor: Actor, inputs: Fields): Filled<readonly FileAction[]> {
  if (inputs['nofa'] !== undefined) return { value: [], answers: {} };
  const { cur } = actor.task.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
  const value: FileAction[] = [];
  const add = ((inputs['actions'] ?? []) as readonly (readonly Json[])[]).map((words) => {
    const action = actionOf(words);
    const isValid = checkedFds(action).every((fd) => fd >= 0 && fd < cur);
    if (isValid) value.push(action);
    return isValid ? 'OK' : 'EBADF';
  });
  return { value, answers: { add } };
}

function actionOf([kind, first, second, third, fourth]: readonly Json[]): FileAction {
  switch (kind) {
    case 'open':
      return {
        kind,
        fd: Number(first),
        path: String(second),
        flags: numberOf(third),
        mode: Number(fourth ?? 0),
      };
    case 'dup2':
      return { kind, fd: Number(first), to: Number(second) };
    case 'chdir':
      return { kind, path: String(first) };
    default:
      return { kind: kind as 'close' | 'fchdir' | 'closefrom' | 'tcsetpgrp', fd: Number(first) };
  }
}

/** The numbers the adding function looks at. @see posix/spawn_valid_fd.c of glibc 2.36 */
function checkedFds(action: FileAction): number[] {
  if (action.kind === 'chdir' || action.kind === 'fchdir') return [];
  return action.kind === 'dup2' ? [action.fd, action.to] : [action.fd];
}

/** The index of the failing action, or what failed besides. */
function failedStep(actor: Actor, request: SpawnRequest): number | string {
  const actions = request.actions ?? [];
  for (let count = 0; count <= actions.length; count++) {
    const { search: _, ...rest } = request;
    const prefix = { ...rest, path: WORKS, actions: actions.slice(0, count) };
    const result = spawn(actor.kernel, actor.task, GLIBC_2_36, prefix);
    if (isRefusal(result)) return count === 0 ? 'attributes' : count - 1;
    exitGroupWith(actor.kernel, result.child, 0);
    wait4(actor.kernel, actor.task, pidSeenBy(result.child, actor.task), WAIT.WALL);
  }
  return 'exec';
}

function hasChildren({ kernel, task }: Actor): boolean {
  const options = WAIT.WEXITED | WAIT.WNOHANG | WAIT.WNOWAIT | WAIT.WALL;
  return !isRefusal(waitid(kernel, task, ID_TYPES.P_ALL, 0, options));
}

function* runSpawn(actor: Actor, inputs: Fields, isSearched: boolean): Running {
  if (!Array.isArray(inputs['argv'])) {
    // The library counts the arguments itself, in the caller.
    sendSignal(actor.task, { signal: SIGNALS.SIGSEGV, from: 'kernel' }, 'thread');
    return {};
  }
  const attributes = fillAttributes(actor, inputs);
  const actions = fillActions(actor, inputs);
  const pathEnv = inputs['path_env'];
  const request: SpawnRequest = {
    path: String(inputs['path']),
    argv: vectorOf(inputs['argv']),
    envp: vectorOf(inputs['envp']),
    actions: actions.value,
    ...(attributes.value === undefined ? {} : { attributes: attributes.value }),
    ...(isSearched ? { search: pathEnv === undefined ? PATH : (pathEnv as string | null) } : {}),
  };
  const told = { ...attributes.answers, ...actions.answers };
  const result = spawn(actor.kernel, actor.task, GLIBC_2_36, request);
  if (isRefusal(result)) {
    return {
      ...told,
      ret: result.errno,
      pid: null,
      children_left: hasChildren(actor),
      failed_step: failedStep(actor, request),
    };
  }
  const answer: Answer = { ...told, ret: 'OK', pid: actor.world.name(result.child) };
  actor.world.launch(result.child, (child) => startProgram(child, result.killed), answer);
  const number = pidSeenBy(result.child, actor.task);
  answer['child_status'] = yield* statusOf(actor, number);
  answer['children_left'] = hasChildren(actor);
  return answer;
}

function* statusOf(actor: Actor, number: number): Running<number | null> {
  for (;;) {
    const result = wait4(actor.kernel, actor.task, number, 0);
    if (isRefusal(result)) return null;
    if (typeof result === 'object') return result.waitStatus;
    if (result === SLEEPS) yield* actor.pause(Number.POSITIVE_INFINITY);
  }
}

const INPUTS = [
  'path',
  'argv',
  'envp',
  'actions',
  'flags',
  'pgroup',
  'sigdef',
  'sigmask',
  'policy',
  'prio',
  'path_env',
  'nofa',
  'noattr',
  'probe',
];

/** The calls by name. */
export const SPAWN_CALLS: CallTable = {
  posix_spawn: { inputs: INPUTS, run: (actor, inputs) => runSpawn(actor, inputs, false) },
  posix_spawnp: { inputs: INPUTS, run: (actor, inputs) => runSpawn(actor, inputs, true) },
};
