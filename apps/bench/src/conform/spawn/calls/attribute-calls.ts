// Calls by which a process sets what it is like: prctl, limits, scheduling, timers.

import { isRefusal } from '@forkless/errors';
import {
  getrlimit,
  RLIM_INFINITY,
  RLIMITS,
  SCHED,
  setAffinity,
  setChildSubreaper,
  setDumpable,
  setName,
  setNice,
  setNoNewPrivs,
  setPdeathSignal,
  setrlimit,
  setScheduler,
  setTimerSlack,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable } from '../call.ts';
import { signalOf } from '../clone-request.ts';
import { credPrctl } from './cred-calls.ts';
import type { Fields, Json } from '../scenario.ts';

function runPrctl(actor: Actor, inputs: Fields): Answer {
  const { option, arg2 = 0, name } = inputs;
  const { task } = actor;
  switch (option) {
    case 'PR_SET_PDEATHSIG':
      return actor.answer(setPdeathSignal(task, signalOf(arg2)));
    case 'PR_SET_CHILD_SUBREAPER':
      return actor.answer(setChildSubreaper(task, Number(arg2) !== 0));
    case 'PR_SET_NAME':
      return actor.answer(setName(task, String(name)));
    case 'PR_SET_NO_NEW_PRIVS':
      return actor.answer(setNoNewPrivs(task, Number(arg2)));
    case 'PR_SET_DUMPABLE':
      return actor.answer(setDumpable(task, Number(arg2)));
    case 'PR_SET_TIMERSLACK':
      return actor.answer(setTimerSlack(task, Number(arg2)));
    default:
      return credPrctl(actor, inputs) ?? failed('EINVAL');
  }
}

function resourceOf(input: Json | undefined): number {
  const name = String(input);
  return name in RLIMITS ? RLIMITS[name as keyof typeof RLIMITS] : Number(input);
}

const limitOf = (input: Json | undefined): number =>
  input === 'inf' || input === -1 ? RLIM_INFINITY : Number(input);
const shownLimit = (value: number): number => (value === RLIM_INFINITY ? -1 : value);

function runSetrlimit(actor: Actor, { resource, cur, max, keepmax }: Fields): Answer {
  const number = resourceOf(resource);
  const old = getrlimit(actor.task, number);
  if (isRefusal(old)) return failed(old.errno);
  const limit = { cur: limitOf(cur), max: keepmax === undefined ? limitOf(max) : old.max };
  return actor.answer(setrlimit(actor.task, number, limit));
}

function policyOf(input: Json | undefined): number {
  return String(input)
    .split('|')
    .reduce((all, word) => all | (SCHED[word as keyof typeof SCHED] ?? Number(word)), 0);
}

const TIMERS = ['ITIMER_REAL', 'ITIMER_VIRTUAL', 'ITIMER_PROF'];

/** The calls by name. */
export const ATTRIBUTE_CALLS: CallTable = {
  prctl: { inputs: ['option', 'arg2', 'arg3', 'name'], run: runPrctl },
  setrlimit: { inputs: ['resource', 'cur', 'max', 'keepmax'], run: runSetrlimit },
  getrlimit: {
    inputs: ['resource'],
    run({ task }, { resource }) {
      const limit = getrlimit(task, resourceOf(resource));
      if (isRefusal(limit)) return failed(limit.errno);
      return ok(0, { cur: shownLimit(limit.cur), max: shownLimit(limit.max) });
    },
  },
  sched_setscheduler: {
    inputs: ['policy', 'priority'],
    run: (actor, { policy, priority }) =>
      actor.answer(setScheduler(actor.task, policyOf(policy), Number(priority))),
  },
  sched_setaffinity: {
    inputs: ['mask'],
    run: (actor, { mask }) =>
      actor.answer(setAffinity(actor.kernel, actor.task, BigInt(Number(mask)))),
  },
  setpriority: {
    inputs: ['nice'],
    run: (actor, { nice }) => actor.answer(setNice(actor.task, Number(nice))),
  },
  setitimer: {
    inputs: ['which', 'seconds'],
    run({ task }, { which, seconds }) {
      const at = TIMERS.indexOf(String(which)) as 0 | 1 | 2;
      task.group.timersArmed[at] = Number(seconds) > 0;
      return ok();
    },
  },
  personality: {
    inputs: ['persona'],
    run({ task }, { persona }) {
      const old = task.personality;
      const wanted = Number(persona);
      if (wanted !== 0xffff_ffff && wanted !== -1) task.personality = wanted;
      return ok(old);
    },
  },
};
