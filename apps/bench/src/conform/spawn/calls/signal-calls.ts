// Calls about signals.

import { isRefusal } from '@forkless/errors';
import {
  blockedPending,
  kill,
  SA,
  sigaction,
  signalName,
  sigprocmask,
  SigSet,
  takeSignal,
  tgkill,
  tkill,
  type Disposition,
  type MaskChange,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable, type Running } from '../call.ts';
import { signalOf } from '../clone-request.ts';
import type { Fields, Json } from '../scenario.ts';

function setOf(input: Json | undefined): SigSet {
  return SigSet.of(((input ?? []) as readonly Json[]).map(signalOf));
}

function actionFlags(input: Json | undefined): number {
  return String(input ?? 0)
    .split('|')
    .reduce((all, word) => all | (word in SA ? SA[word as keyof typeof SA] : Number(word)), 0);
}

function runSigaction({ task }: Actor, { sig, handler, flags }: Fields): Answer {
  const result = sigaction(task, signalOf(sig), {
    handler: handler as Disposition,
    flags: actionFlags(flags),
    mask: new SigSet(),
  });
  return isRefusal(result) ? failed(result.errno) : ok();
}

function* runTimedWait(actor: Actor, { set, ms = 0 }: Fields): Running {
  const wanted = setOf(set);
  const { task } = actor;
  const info = yield* actor.sleeping(() => takeSignal(task, wanted), Number(ms));
  if (info === undefined) return failed('EAGAIN');
  if (info === 'EINTR') return failed('EINTR');
  return ok(signalName(info.signal), { si_code: info.code, si_pid: actor.show(info.pid) });
}

/** The calls by name. */
export const SIGNAL_CALLS: CallTable = {
  kill: {
    inputs: ['pid', 'sig'],
    run: (actor, { pid, sig }) =>
      actor.answer(kill(actor.kernel, actor.task, actor.number(pid), signalOf(sig))),
  },
  tkill_self: {
    inputs: ['sig'],
    run(actor, { sig }) {
      const self = actor.number(actor.world.showTask(actor.task, actor.task));
      return actor.answer(tkill(actor.kernel, actor.task, self, signalOf(sig)));
    },
  },
  tgkill: {
    inputs: ['tgid', 'tid', 'sig'],
    run: (actor, { tgid, tid, sig }) =>
      actor.answer(
        tgkill(actor.kernel, actor.task, actor.number(tgid), actor.number(tid), signalOf(sig)),
      ),
  },
  sigaction: { inputs: ['sig', 'handler', 'flags'], run: runSigaction },
  sigget: {
    inputs: ['sig'],
    run({ task }, { sig }) {
      const action = sigaction(task, signalOf(sig));
      return isRefusal(action) ? failed(action.errno) : ok(0, { handler: action.handler });
    },
  },
  sigmask: {
    inputs: ['how', 'set'],
    run({ task }, { how, set }) {
      sigprocmask(task, how as MaskChange, setOf(set));
      return ok();
    },
  },
  sigpending: {
    inputs: [],
    run: ({ task }) => ok(0, { pending: blockedPending(task).toArray().map(signalName) }),
  },
  sigtimedwait: { inputs: ['set', 'ms'], run: runTimedWait },
  hits: {
    inputs: ['sig'],
    run(actor, { sig }) {
      const hits = actor.world.hits.get(String(sig));
      const { count, last } = hits ?? { count: 0, last: undefined };
      if (last === undefined) return ok(0, { count });
      return ok(0, { count, si_code: last.code, si_pid: actor.show(last.pid) });
    },
  },
  altstack: {
    inputs: [],
    run({ task }) {
      task.altStack = true;
      return ok();
    },
  },
  alarm: {
    inputs: ['seconds'],
    run({ task }, { seconds }) {
      task.group.timersArmed[0] = Number(seconds) > 0;
      return ok();
    },
  },
};
