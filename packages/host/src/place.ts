// Placement as the kernel takes it: masks of CPUs and nodes in 32-bit words, and the numbers of policies.
import { readFileSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import type { MemoryPolicy, Placement } from './request.ts';

const modes = {
  default: 0,
  preferred: 1,
  bind: 2,
  interleave: 3,
  local: 4,
  'preferred-many': 5,
  'weighted-interleave': 6,
} as const;

/** The number of a mode of set_mempolicy. @see include/uapi/linux/mempolicy.h */
export function memoryMode(mode: MemoryPolicy['mode']): number {
  return modes[mode];
}

/** A set of small integers as pairs of 32-bit words, low first: the kernel reads whole longs. */
export function maskWords(members: readonly number[]): number[] {
  const words = Array.from({ length: 2 * (1 + Math.floor(Math.max(0, ...members) / 64)) }, () => 0);
  for (const member of members) {
    if (!Number.isInteger(member) || member < 0 || member > maskMax) {
      throw new ConfigError(`place: ${member} is no number of a CPU or node from 0 to ${maskMax}.`);
    }
    words[member >> 5]! |= 1 << (member & 31);
  }
  return words;
}

const maskMax = 8191;

/** What a placement comes to: CPUs, and a policy. `node` alone is both, as its doc says. */
export function resolvePlacement({ node, cpus, memory }: Placement): {
  readonly cpus: readonly number[] | undefined;
  readonly memory: MemoryPolicy | undefined;
} {
  return {
    cpus: cpus ?? (node === undefined ? undefined : cpusOfNode(node)),
    memory: memory ?? (node === undefined ? undefined : { mode: 'preferred', nodes: [node] }),
  };
}

const known = new Map<number, readonly number[]>();

/** Read once: CPUs do not change their node while the system runs. */
function cpusOfNode(node: number): readonly number[] {
  const before = known.get(node);
  if (before !== undefined) return before;
  let text: string;
  try {
    text = readFileSync(`/sys/devices/system/node/node${node}/cpulist`, 'utf8');
  } catch {
    throw new ConfigError(`place: this machine has no node ${node}.`);
  }
  const cpus = readList(text);
  known.set(node, cpus);
  return cpus;
}

/** `0-2,5` → 0, 1, 2, 5. */
export function readList(text: string): readonly number[] {
  return text
    .trim()
    .split(',')
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
