// Calls about controlling terminals, and waiting for descriptors.

import { isRefusal } from '@forkless/errors';
import {
  fileAt,
  foregroundGroup,
  Pidfd,
  pidfdPoll,
  setControllingTty,
  setForegroundGroup,
  STOPS,
  ttyAt,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type CallTable, type Running } from '../call.ts';
import type { Fields } from '../scenario.ts';

const POLL_BITS: Readonly<Record<string, number>> = { POLLIN: 1, POLLPRI: 2, POLLOUT: 4 };
const POLLERR = 8;
const POLLHUP = 16;
const POLLNVAL = 32;

/** A caller that is stopped in the background asks again when it goes on. */
function* runTcsetpgrp(actor: Actor, { fd, pgrp }: Fields): Running {
  const tty = ttyAt(actor.task.files!, Number(fd));
  if (isRefusal(tty)) return failed(tty.errno);
  const number = actor.number(pgrp);
  for (;;) {
    const answer = setForegroundGroup(actor.kernel, actor.task, tty, number);
    if (answer !== STOPS) return actor.answer(answer);
    if (yield* actor.pause(Number.POSITIVE_INFINITY)) return failed('EINTR');
  }
}

function* runPoll(actor: Actor, { fd, events, ms = 0 }: Fields): Running {
  const asked = String(events)
    .split('|')
    .reduce((all, word) => all | (POLL_BITS[word] ?? Number(word)), 0);
  const ready = yield* actor.sleeping(() => {
    const revents = pollEvents(actor, Number(fd)) & (asked | POLLERR | POLLHUP | POLLNVAL);
    return revents === 0 ? undefined : revents;
  }, Number(ms));
  if (ready === 'EINTR') return failed('EINTR');
  return ok(ready === undefined ? 0 : 1, { revents: ready ?? 0 });
}

function pollEvents({ kernel, task }: Actor, fd: number): number {
  const file = fileAt(task.files!, fd);
  if (isRefusal(file)) return POLLNVAL;
  if (file.data instanceof Pidfd) return pidfdPoll(kernel, file.data);
  return file.ops.poll?.(file) ?? POLL_BITS['POLLIN']! | POLL_BITS['POLLOUT']!;
}

/** The calls by name. */
export const TERMINAL_CALLS: CallTable = {
  ctty: {
    inputs: ['fd'],
    run(actor, { fd }) {
      const tty = ttyAt(actor.task.files!, Number(fd));
      return isRefusal(tty)
        ? failed(tty.errno)
        : actor.answer(setControllingTty(actor.kernel, actor.task, tty));
    },
  },
  tcgetpgrp: {
    inputs: ['fd'],
    run(actor, { fd }) {
      const tty = ttyAt(actor.task.files!, Number(fd));
      const group = isRefusal(tty) ? tty : foregroundGroup(actor.task, tty);
      return isRefusal(group) ? failed(group.errno) : ok(0, { pgrp: actor.show(group) });
    },
  },
  tcsetpgrp: { inputs: ['fd', 'pgrp'], run: runTcsetpgrp },
  poll: { inputs: ['fd', 'events', 'ms'], run: runPoll },
  ids: {
    inputs: [],
    run({ task: { cred } }) {
      return ok(0, {
        uid: [cred.uid, cred.euid, cred.suid],
        gid: [cred.gid, cred.egid, cred.sgid],
      });
    },
  },
};
