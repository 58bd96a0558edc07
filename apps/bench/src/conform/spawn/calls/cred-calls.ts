// Calls that change who a process is.

import { isRefusal, type Refusal } from '@forkless/errors';
import {
  capset,
  changeAmbient,
  changeCred,
  dropBounding,
  setfsuid,
  setgid,
  setgroups,
  setregid,
  setKeepCaps,
  setresgid,
  setresuid,
  setreuid,
  setSecurebits,
  setuid,
  type Cred,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable } from '../call.ts';
import type { Fields, Json } from '../scenario.ts';
import { numberOf } from '../words.ts';

function change(actor: Actor, next: Cred | Refusal): Answer {
  if (isRefusal(next)) return failed(next.errno);
  changeCred(actor.kernel, actor.task, next);
  return ok();
}

function threeIds({ r, e, s }: Fields) {
  return { real: Number(r), effective: Number(e), saved: Number(s) };
}

/** A set of capabilities: a number, names, or text in hex. */
function capsOf(input: Json | undefined): bigint {
  if (typeof input === 'number') return BigInt(input);
  const text = String(input ?? '0');
  if (text.includes('CAP_')) {
    return text.split('|').reduce((set, name) => set | (1n << BigInt(numberOf(name))), 0n);
  }
  return BigInt(text.startsWith('0x') || !/[a-f]/.test(text) ? text : `0x${text}`);
}

/** The options of prctl that concern credentials; undefined for the others. */
export function credPrctl(actor: Actor, { option, arg2, arg3 }: Fields): Answer | undefined {
  const { cred } = actor.task;
  switch (option) {
    case 'PR_SET_SECUREBITS':
      return change(actor, setSecurebits(cred, numberOf(arg2)));
    case 'PR_SET_KEEPCAPS':
      return change(actor, setKeepCaps(cred, numberOf(arg2)));
    case 'PR_CAPBSET_DROP':
      return change(actor, dropBounding(cred, numberOf(arg2)));
    case 'PR_CAP_AMBIENT': {
      const operations = { 2: 'RAISE', 3: 'LOWER', 4: 'CLEAR_ALL' } as const;
      const operation = operations[numberOf(arg2) as 2 | 3 | 4];
      return operation === undefined
        ? failed('EINVAL')
        : change(actor, changeAmbient(cred, operation, numberOf(arg3)));
    }
    default:
      return undefined;
  }
}

/** The calls by name. */
export const CRED_CALLS: CallTable = {
  setresuid: {
    inputs: ['r', 'e', 's'],
    run: (actor, inputs) => change(actor, setresuid(actor.task.cred, threeIds(inputs))),
  },
  setresgid: {
    inputs: ['r', 'e', 's'],
    run: (actor, inputs) => change(actor, setresgid(actor.task.cred, threeIds(inputs))),
  },
  setreuid: {
    inputs: ['r', 'e'],
    run: (actor, { r, e }) => change(actor, setreuid(actor.task.cred, Number(r), Number(e))),
  },
  setregid: {
    inputs: ['r', 'e'],
    run: (actor, { r, e }) => change(actor, setregid(actor.task.cred, Number(r), Number(e))),
  },
  setfsuid: {
    inputs: ['uid'],
    run: (actor, { uid }) => {
      const old = actor.task.cred.fsuid;
      changeCred(actor.kernel, actor.task, setfsuid(actor.task.cred, Number(uid)));
      return ok(old);
    },
  },
  setuid: {
    inputs: ['uid'],
    run: (actor, { uid }) => change(actor, setuid(actor.task.cred, Number(uid))),
  },
  setgid: {
    inputs: ['gid'],
    run: (actor, { gid }) => change(actor, setgid(actor.task.cred, Number(gid))),
  },
  setgroups: {
    inputs: ['groups'],
    run: (actor, { groups }) =>
      change(actor, setgroups(actor.task.cred, (groups as readonly number[]).map(Number))),
  },
  capset: {
    inputs: ['eff', 'prm', 'inh'],
    run: (actor, { eff, prm, inh }) =>
      change(
        actor,
        capset(actor.task.cred, {
          effective: capsOf(eff),
          permitted: capsOf(prm),
          inheritable: capsOf(inh),
        }),
      ),
  },
};
