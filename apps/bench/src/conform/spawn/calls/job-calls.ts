// Calls about process groups and sessions, and about pidfds.

import { isRefusal } from '@forkless/errors';
import {
  groupNumberOf,
  PIDFD_NONBLOCK,
  PIDFD_THREAD,
  pidfdOpen,
  pidfdSendSignal,
  setpgid,
  setsid,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable } from '../call.ts';
import { signalOf } from '../clone-request.ts';
import type { Fields, Json } from '../scenario.ts';
import { numberOf } from '../words.ts';

function numberAsked(which: 'pgrp' | 'session') {
  return (actor: Actor, { pid = 0 }: Fields): Answer => {
    const found = groupNumberOf(actor.kernel, actor.task, actor.number(pid), which);
    return isRefusal(found) ? failed(found.errno) : ok(actor.show(found));
  };
}

const PIDFD_FLAGS: Readonly<Record<string, number>> = { PIDFD_NONBLOCK, PIDFD_THREAD };

function pidfdFlags(input: Json | undefined): number {
  return String(input ?? 0)
    .split('|')
    .reduce((all, word) => all | (PIDFD_FLAGS[word] ?? Number(word)), 0);
}

/** The calls by name. */
export const JOB_CALLS: CallTable = {
  setpgid: {
    inputs: ['pid', 'pgid'],
    run: (actor, { pid, pgid }) =>
      actor.answer(setpgid(actor.kernel, actor.task, actor.number(pid), actor.number(pgid))),
  },
  getpgid: { inputs: ['pid'], run: numberAsked('pgrp') },
  getsid: { inputs: ['pid'], run: numberAsked('session') },
  setsid: {
    inputs: [],
    run(actor) {
      const number = setsid(actor.kernel, actor.task);
      return isRefusal(number) ? failed(number.errno) : ok(actor.show(number));
    },
  },
  pidfd_open: {
    inputs: ['pid', 'flags'],
    run: (actor, { pid, flags }) =>
      actor.answer(pidfdOpen(actor.kernel, actor.task, actor.number(pid), pidfdFlags(flags))),
  },
  pidfd_send_signal: {
    inputs: ['pidfd', 'sig', 'flags'],
    run: (actor, { pidfd, sig, flags }) =>
      actor.answer(
        pidfdSendSignal(actor.kernel, actor.task, Number(pidfd), signalOf(sig), numberOf(flags)),
      ),
  },
};
