// Calls about processes: ending them, waiting for them, asking who they are.

import { isRefusal } from '@forkless/errors';
import { pidNumberIn } from '@forkless/pid';
import {
  CLD,
  exitGroupWith,
  ID_TYPES,
  sendSignal,
  SIGNALS,
  SLEEPS,
  unshare,
  wait4,
  WAIT,
  waitid,
  type PagedSpace,
  type WaitedChild,
  type WaitResult,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable, type Running } from '../call.ts';
import { flagsOf } from '../clone-request.ts';
import type { Fields, Json } from '../scenario.ts';
import { stateLetter, taskOf } from './order-calls.ts';

const PATIENCE_MS = 3000;
const CELL = 0;

/** Wait options: names (those of the kernel's own with two underscores) joined by `|`, or numbers. */
function waitOptions(input: Json | undefined): number {
  return String(input ?? 0)
    .split('|')
    .reduce((all, word) => {
      const name = word.trim().replace(/^__/, '');
      return all | (name in WAIT ? WAIT[name as keyof typeof WAIT] : Number(name));
    }, 0);
}

/** Waits until the model answers something else than that it sleeps; EINTR after a handler. */
function* waiting<E extends string>(
  actor: Actor,
  ask: () => WaitResult<E>,
): Running<Exclude<WaitResult<E>, typeof SLEEPS> | 'EINTR'> {
  const answer = yield* actor.sleeping(() => {
    const result = ask();
    return result === SLEEPS ? undefined : (result as Exclude<WaitResult<E>, typeof SLEEPS>);
  });
  return answer ?? 'EINTR';
}

function* runWait4(actor: Actor, { pid, options }: Fields): Running {
  const number = actor.number(pid);
  const bits = waitOptions(options);
  const result = yield* waiting(actor, () => wait4(actor.kernel, actor.task, number, bits));
  if (result === 'EINTR') return failed('EINTR');
  if (isRefusal(result)) return failed(result.errno);
  if (result === 'nothing') return ok(0);
  return ok(actor.show((result as WaitedChild).pid), {
    status: (result as WaitedChild).waitStatus,
  });
}

function* runWaitid(actor: Actor, { idtype, id, options, info }: Fields): Running {
  const type = typeof idtype === 'number' ? idtype : ID_TYPES[idtype as keyof typeof ID_TYPES];
  const number = type === ID_TYPES.P_PIDFD ? Number(id) : actor.number(id);
  const bits = waitOptions(options);
  const result = yield* waiting(actor, () => waitid(actor.kernel, actor.task, type, number, bits));
  if (result === 'EINTR') return failed('EINTR');
  if (isRefusal(result)) return failed(result.errno);
  return ok(0, info === 0 ? {} : sigInfo(actor, result));
}

function sigInfo(actor: Actor, result: WaitedChild | 'nothing'): Answer {
  if (result === 'nothing') {
    return { si_signo: 0, si_code: 0, si_pid: 0, si_uid: 0, si_status: 0 };
  }
  return {
    si_signo: SIGNALS.SIGCHLD,
    si_code: result.code,
    si_pid: actor.show(result.pid),
    si_uid: result.uid,
    si_status: result.status,
  };
}

function cellsOf({ task }: Actor): PagedSpace {
  return task.mm!.space.memory;
}

function* initReaped(actor: Actor, { pid }: Fields): Running {
  const { world } = actor;
  const struct = world.pidNamed(String(pid))!;
  const reaped = yield* actor.until(() => world.reapedByInit.has(struct), PATIENCE_MS);
  const status = world.reapedByInit.get(struct);
  return ok(0, { reaped_by_init: reaped, ...(status === undefined ? {} : { status }) });
}

function processStat(actor: Actor, { pid }: Fields): Answer {
  const { world } = actor;
  const task = taskOf(actor, pid);
  if (task === undefined) return failed('ENOENT');
  const { group } = task;
  const show = (number: number) => world.show(world.init, number);
  return ok(0, {
    state: stateLetter(task),
    comm: task.comm,
    ppid: show(pidNumberIn(task.parent.group.leader.pid, world.namespace)),
    pgid: show(pidNumberIn(group.pgrp, world.namespace)),
    sid: show(pidNumberIn(group.session, world.namespace)),
  });
}

/** The calls by name. */
export const PROCESS_CALLS: CallTable = {
  exit: {
    inputs: ['code'],
    run(actor, { code }) {
      exitGroupWith(actor.kernel, actor.task, Number(code));
      return {};
    },
  },
  fault: {
    inputs: [],
    run({ task }) {
      const { SIGSEGV } = SIGNALS;
      // A fault cannot be ignored or blocked. @see kernel/signal.c, force_sig_info_to_task()
      const { handler } = task.sighand.action(SIGSEGV);
      if (handler === 'IGN' || task.blocked.has(SIGSEGV)) task.sighand.flushHandlers(true);
      task.blocked.delete(SIGSEGV);
      sendSignal(task, { signal: SIGSEGV, from: 'kernel', code: CLD.CLD_EXITED }, 'thread');
      return {};
    },
  },
  wait4: { inputs: ['pid', 'options'], run: runWait4 },
  waitid: { inputs: ['idtype', 'id', 'options', 'info'], run: runWaitid },
  getpid: {
    inputs: ['raw'],
    run(actor, { raw }) {
      const number = actor.number('self');
      return ok(raw === undefined ? actor.show(number) : number);
    },
  },
  gettid: {
    inputs: ['raw'],
    run: (actor, { raw }) => {
      const shown = actor.world.showTask(actor.task, actor.task);
      return ok(raw === undefined ? shown : actor.number(shown));
    },
  },
  getppid: {
    inputs: [],
    run: ({ world, task }) => ok(world.showTask(task, task.parent.group.leader)),
  },
  state: { inputs: ['fields'], run: (actor) => ok(0, { state: actor.state() }) },
  mem: {
    inputs: ['set'],
    run(actor, { set }) {
      const cells = cellsOf(actor);
      if (set !== undefined) cells.write(CELL, Number(set));
      return ok(0, { value: cells.read(CELL) });
    },
  },
  unshare: {
    inputs: ['flags'],
    run: (actor, { flags }) =>
      actor.answer(unshare(actor.kernel, actor.task, Number(flagsOf(flags)))),
  },
  pstat: { inputs: ['pid'], run: processStat },
  nspid: {
    inputs: ['pid'],
    run(actor, { pid }) {
      const task = taskOf(actor, pid);
      if (task === undefined) return failed('ENOENT');
      return ok(0, { nspid: task.pid.numbers.slice(actor.world.namespace.level) });
    },
  },
  init_reaped: { inputs: ['pid'], run: initReaped },
};
