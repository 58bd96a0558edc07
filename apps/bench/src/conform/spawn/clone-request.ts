// How a recording spells the arguments of clone and clone3.

import { CLONE3_FLAGS, CLONE_FLAGS, signalNumber, type Clone3Args } from '@forkless/task';
import type { Fields, Json } from './scenario.ts';

/** A set of flags: names joined by `|`, numbers, or a list of either. */
export function flagsOf(input: Json | undefined): bigint {
  if (Array.isArray(input)) return input.reduce((all: bigint, one: Json) => all | flagsOf(one), 0n);
  return String(input ?? 0)
    .split('|')
    .reduce((all, word) => all | flagOf(word.trim()), 0n);
}

function flagOf(word: string): bigint {
  if (word in CLONE_FLAGS) return BigInt(CLONE_FLAGS[word as keyof typeof CLONE_FLAGS]);
  if (word in CLONE3_FLAGS) return CLONE3_FLAGS[word as keyof typeof CLONE3_FLAGS];
  return BigInt(word);
}

/** A signal: its name or its number. */
export function signalOf(input: Json | undefined): number {
  return typeof input === 'number' ? input : (signalNumber(String(input)) ?? Number(input));
}

/** The request of a clone or clone3 step; SIGCHLD where no exit signal is given. */
export function cloneRequest(
  inputs: Fields,
  pidfd: { value: number },
): { args: Clone3Args; word: bigint } {
  const flags = flagsOf(inputs['flags']);
  const exitSignal = signalOf(inputs['exit_signal'] ?? 'SIGCHLD');
  return {
    args: {
      flags,
      exitSignal,
      pidfd,
      cgroup: Number(inputs['cgroup_fd'] ?? 0),
    },
    word: flags | BigInt(exitSignal),
  };
}
