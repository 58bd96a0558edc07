// Calls that only order processes: they say nothing about a kernel, but who runs when.

import { pidTask, type Task } from '@forkless/task';
import type { Actor } from '../actor.ts';
import { ok, type CallTable } from '../call.ts';

/** How long the recordings wait at most. */
const PATIENCE_MS = 3000;

/** The letter that /proc shows for a task; `-` for none. @see fs/proc/array.c, task_state_array */
export function stateLetter(task: Task | undefined): string {
  if (task === undefined) return '-';
  if (task.exitState !== 'none') return task.exitState === 'zombie' ? 'Z' : 'X';
  if (task.stopped) return 'T';
  return task.vforkChild === undefined ? 'S' : 'D';
}

/** The task an input names, as long as it has not been waited for. */
export function taskOf(actor: Actor, input: unknown): Task | undefined {
  const { kernel, world, task } = actor;
  if (typeof input === 'string' && /^(?:init|p\d+)$/.test(input)) {
    const pid = world.pidNamed(input);
    return pid && pidTask(kernel, pid, 'pid');
  }
  return kernel.find(task, actor.number(input));
}

/** The calls by name. */
export const ORDER_CALLS: CallTable = {
  sleep: {
    inputs: ['ms'],
    *run(actor, { ms }) {
      yield* actor.until(() => false, Number(ms));
      return ok();
    },
    onlyOrders: true,
  },
  post: {
    inputs: ['name'],
    run({ world }, { name }) {
      world.posted.add(String(name));
      return ok();
    },
    onlyOrders: true,
  },
  await: {
    inputs: ['name', 'ms'],
    *run(actor, { name, ms = PATIENCE_MS }) {
      const posted = yield* actor.until(() => actor.world.posted.has(String(name)), Number(ms));
      return ok(0, { posted });
    },
    onlyOrders: true,
  },
  await_state: {
    inputs: ['pid', 'in_state'],
    *run(actor, { pid, in_state: letters }) {
      const letter = () => stateLetter(taskOf(actor, pid));
      yield* actor.until(() => String(letters).includes(letter()), PATIENCE_MS);
      return ok(0, { state: letter() });
    },
    onlyOrders: true,
  },
  await_gone: {
    inputs: ['pid'],
    *run(actor, { pid }) {
      const gone = yield* actor.until(() => taskOf(actor, pid) === undefined, PATIENCE_MS);
      return ok(0, { gone });
    },
    onlyOrders: true,
  },
};
