// Calls on descriptors: opening, copying, closing, passing, reading and writing.

import { isRefusal } from '@forkless/errors';
import {
  closeFd,
  closeRange,
  dup,
  dup2,
  dup3,
  eventfd,
  fcntl,
  fileAt,
  lseek,
  memfdCreate,
  open,
  openPty,
  pidfdGetfd,
  pipe2,
  ptraceMayAccess,
  read,
  receiveFiles,
  sendFiles,
  socketpair,
  WOULD_BLOCK,
  write,
  sendSignal,
  SIGNALS,
  type Task,
} from '@forkless/task';
import type { Actor } from '../actor.ts';
import { failed, ok, type Answer, type CallTable, type Running } from '../call.ts';
import { callerOf } from '../caller.ts';
import { tableOf } from '../describe-fds.ts';
import type { Fields } from '../scenario.ts';
import { bytesOf, modeOf, numberOf, textOf } from '../words.ts';

/** Asks until the call no longer would sleep; a handler that ran makes it EINTR. */
function* patiently<T>(
  actor: Actor,
  ask: () => T | typeof WOULD_BLOCK,
): Running<Exclude<T, typeof WOULD_BLOCK> | 'EINTR'> {
  const answer = yield* actor.sleeping(() => {
    const result = ask();
    return result === WOULD_BLOCK ? undefined : { result };
  });
  if (answer === 'EINTR' || answer === undefined) return 'EINTR';
  return answer.result as Exclude<T, typeof WOULD_BLOCK>;
}

function* runOpen(actor: Actor, inputs: Fields): Running {
  const request = { flags: numberOf(inputs['flags']), mode: modeOf(inputs['mode'], 0o644) };
  const result = yield* patiently(actor, () =>
    open(callerOf(actor), String(inputs['path']), request),
  );
  return result === 'EINTR' ? failed(result) : actor.answer(result);
}

function* runRead(actor: Actor, { fd, n }: Fields): Running {
  const result = yield* patiently(actor, () => read(actor.task.files!, Number(fd), Number(n)));
  if (result === 'EINTR') return failed(result);
  if (isRefusal(result)) return failed(result.errno);
  return ok(result.length, { data: textOf(result) });
}

function* runWrite(actor: Actor, { fd, data }: Fields): Running {
  const bytes = bytesOf(String(data));
  const result = yield* patiently(actor, () => write(actor.task.files!, Number(fd), bytes));
  if (result === 'EINTR') return failed(result);
  if (!isRefusal(result)) return ok(result);
  if (result.errno === 'EPIPE') signalPipe(actor.task);
  return failed(result.errno);
}

function signalPipe(task: Task): void {
  sendSignal(task, { signal: SIGNALS.SIGPIPE, from: 'kernel' }, 'thread');
}

function pairAnswer(
  fds: readonly [number, number] | { readonly ok: false; readonly errno: string },
): Answer {
  return 'ok' in fds ? failed(fds.errno) : ok(0, { fds: [...fds] });
}

function* runSend(actor: Actor, { sock, fds }: Fields): Running {
  const numbers = (fds as readonly number[]).map(Number);
  const result = yield* patiently(actor, () =>
    sendFiles(actor.task.files!, Number(sock), bytesOf('x'), numbers),
  );
  if (result === 'EINTR') return failed(result);
  if (isRefusal(result) && result.errno === 'EPIPE') signalPipe(actor.task);
  return actor.answer(result);
}

/** Room for the ancillary data of 64 descriptors. CAL: more than any recording passes at once. */
const CONTROL_BYTES = 16 + 4 * 64;

function* runReceive(actor: Actor, { sock, flags, space }: Fields): Running {
  const options = {
    count: 1,
    flags: numberOf(flags),
    controlBytes: space === undefined ? CONTROL_BYTES : Number(space),
  };
  const result = yield* patiently(actor, () =>
    receiveFiles(callerOf(actor), Number(sock), options),
  );
  if (result === 'EINTR') return failed(result);
  if (isRefusal(result)) return failed(result.errno);
  return ok(result.data.length, { fds: [...result.fds], ctrunc: result.isTruncated });
}

/** Copies a number until it fails: how many times it went well, and what stopped it. */
function fillFds(actor: Actor, { fd }: Fields): Answer {
  const { files, limit } = callerOf(actor);
  for (let count = 0; ; count++) {
    const result = dup(files, Number(fd), limit);
    if (isRefusal(result)) return { ret: count, errno: result.errno };
  }
}

function taskNamed(actor: Actor, name: unknown): Task | undefined {
  const number = actor.number(name);
  return actor.kernel.find(actor.task, number);
}

/**
 * kcmp(2) for open files and descriptor tables.
 *
 * @see kernel/kcmp.c, SYSCALL_DEFINE5(kcmp), v6.12
 */
function kcmp(actor: Actor, inputs: Fields): Answer {
  const tasks = [taskNamed(actor, inputs['pid1']), taskNamed(actor, inputs['pid2'])];
  const [one, other] = tasks;
  if (one === undefined || other === undefined) return failed('ESRCH');
  if (![one, other].every((task) => mayAccess(actor, task))) return failed('EPERM');
  if (inputs['type'] === 'KCMP_FILES') return ok(0, { same: one.files === other.files });
  if (inputs['type'] === 'KCMP_FS') return ok(0, { same: one.fs === other.fs });
  if (inputs['type'] === 'KCMP_VM') return ok(0, { same: one.mm === other.mm });
  if (inputs['type'] === 'KCMP_SIGHAND') return ok(0, { same: one.sighand === other.sighand });
  if (inputs['type'] !== 'KCMP_FILE') return failed('EINVAL');
  const a = one.files && fileAt(one.files, Number(inputs['a']));
  const b = other.files && fileAt(other.files, Number(inputs['b']));
  if (a === null || b === null || isRefusal(a) || isRefusal(b)) return failed('EBADF');
  return ok(0, { same: a === b });
}

function mayAccess(actor: Actor, target: Task): boolean {
  return target.group === actor.task.group || ptraceMayAccess(actor.task.cred, target, 'real');
}

/** The calls by name. */
export const DESCRIPTOR_CALLS: CallTable = {
  open: { inputs: ['path', 'flags', 'mode'], run: runOpen },
  close: {
    inputs: ['fd'],
    run: (actor, { fd }) => actor.answer(closeFd(actor.task.files!, Number(fd))),
  },
  dup: {
    inputs: ['fd'],
    run: (actor, { fd }) => {
      const { files, limit } = callerOf(actor);
      return actor.answer(dup(files, Number(fd), limit));
    },
  },
  dup2: {
    inputs: ['fd', 'newfd'],
    run: (actor, { fd, newfd }) => {
      const { files, limit } = callerOf(actor);
      return actor.answer(dup2(files, Number(fd), Number(newfd), limit));
    },
  },
  dup3: {
    inputs: ['fd', 'newfd', 'flags'],
    run: (actor, { fd, newfd, flags }) => {
      const { files, limit } = callerOf(actor);
      const options = { flags: numberOf(flags), limit };
      return actor.answer(dup3(files, Number(fd), Number(newfd), options));
    },
  },
  fcntl: {
    inputs: ['fd', 'cmd', 'arg'],
    run: (actor, { fd, cmd, arg }) =>
      actor.answer(fcntl(callerOf(actor), Number(fd), numberOf(cmd), numberOf(arg))),
  },
  close_range: {
    inputs: ['first', 'last', 'flags'],
    run: (actor, { first, last, flags }) => {
      const range = { first: numberOf(first), last: numberOf(last) };
      return actor.answer(closeRange(actor.task as never, range, numberOf(flags)));
    },
  },
  pipe2: {
    inputs: ['flags', 'ptr'],
    run: (actor, { flags, ptr }) =>
      pairAnswer(pipe2(callerOf(actor), numberOf(flags), ptr !== 'bad')),
  },
  socketpair: {
    inputs: ['family', 'type', 'protocol'],
    run: (actor, { family, type, protocol }) =>
      pairAnswer(
        socketpair(callerOf(actor), {
          family: numberOf(family),
          type: numberOf(type),
          protocol: numberOf(protocol),
        }),
      ),
  },
  memfd: {
    inputs: ['name', 'flags'],
    run: (actor, { name, flags }) =>
      actor.answer(memfdCreate(callerOf(actor), String(name), numberOf(flags))),
  },
  eventfd: {
    inputs: ['init', 'flags'],
    run: (actor, { init, flags }) =>
      actor.answer(eventfd(callerOf(actor), Number(init), numberOf(flags))),
  },
  read: { inputs: ['fd', 'n'], run: runRead },
  write: { inputs: ['fd', 'data'], run: runWrite },
  lseek: {
    inputs: ['fd', 'offset', 'whence'],
    run: (actor, { fd, offset, whence }) =>
      actor.answer(lseek(actor.task.files!, Number(fd), Number(offset), numberOf(whence))),
  },
  sendfd: { inputs: ['sock', 'fds'], run: runSend },
  recvfd: { inputs: ['sock', 'flags', 'space'], run: runReceive },
  fds: {
    inputs: [],
    run: ({ task }) => ok(0, { fds: tableOf(task) }),
  },
  openpty: {
    inputs: [],
    run: (actor) => {
      const pair = openPty(callerOf(actor));
      if (isRefusal(pair)) return failed(pair.errno);
      return ok(0, { master: pair.master, slave: pair.slave });
    },
  },
  fill_fds: { inputs: ['fd'], run: fillFds },
  kcmp: { inputs: ['pid1', 'pid2', 'type', 'a', 'b'], run: kcmp },
  pidfd_getfd: {
    inputs: ['pidfd', 'fd', 'flags'],
    run: (actor, { pidfd, fd, flags }) =>
      actor.answer(
        pidfdGetfd(actor.kernel, actor.task, Number(pidfd), Number(fd), numberOf(flags)),
      ),
  },
};
