// The pid rules of the running kernel, asked in a pid namespace of its own: numbers that are asked for, the
// last one given, the largest allowed.
import { ConfigError, type Refusal } from '@forkless/errors';
import { ask, kernelIsAtLeast, type Asked, type KernelAnswer } from './scratch.ts';

/** One step of the first process of a namespace. */
export type PidQuestion =
  /** A child; `setTid` are the numbers it is to have, from this namespace outwards. It ends, or stays. */
  | { readonly kind: 'make'; readonly setTid?: readonly number[]; readonly stays?: boolean }
  | { readonly kind: 'last' }
  | { readonly kind: 'setLast'; readonly pid: number }
  /** Only where pid_max is a namespace's own, from 6.14 on; before, it is everybody's. */
  | { readonly kind: 'setMax'; readonly max: number };

/**
 * The answers: the pid of a child, the last pid, 0, or the errno. A refusal when no namespace can be made:
 * that needs CAP_SYS_ADMIN.
 *
 * @see kernel/pid.c, alloc_pid(); clone3(2), pid_namespaces(7)
 */
export function askPid(questions: readonly PidQuestion[]): readonly KernelAnswer[] | Refusal {
  return ask(questions.map(toAsked), { ownPids: true });
}

/** As many as the kernel takes at all; it refuses more than 32. */
const setTidMax = 40;

function toAsked(one: PidQuestion): Asked {
  switch (one.kind) {
    case 'make': {
      const { setTid = [], stays = false } = one;
      if (setTid.length > setTidMax) {
        throw new ConfigError(`setTid: at most ${setTidMax} numbers, not ${setTid.length}.`);
      }
      return { kind: 'make', operands: [Number(stays), setTid.length, ...setTid] };
    }
    case 'last':
      return { kind: 'lastPid', operands: [] };
    case 'setLast':
      return { kind: 'setLastPid', operands: [one.pid] };
    case 'setMax':
      if (!kernelIsAtLeast(6, 14)) {
        throw new ConfigError('setMax: before Linux 6.14 pid_max is that of the whole machine.');
      }
      return { kind: 'setPidMax', operands: [one.max] };
  }
}
