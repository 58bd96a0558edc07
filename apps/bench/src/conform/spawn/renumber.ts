// Pipes and sockets have inode numbers that mean nothing; a recording numbers them by first appearance.

import type { Answer } from './call.ts';

const NUMBERED = /^(pipe|socket):\[(\d+)\]$/;

/** Renumbers what answers say of pipes and of sockets, in the order of the steps. */
export function renumber(answers: ReadonlyMap<number, Answer>): Map<number, Answer> {
  const seen = new Map<string, Map<string, number>>();
  const places = [...answers.keys()].toSorted((a, b) => a - b);
  return new Map(places.map((at) => [at, renamed(answers.get(at)!, seen) as Answer]));
}

function renamed(value: unknown, seen: Map<string, Map<string, number>>): unknown {
  if (typeof value === 'string') {
    const found = NUMBERED.exec(value);
    if (found === null) return value;
    const [, kind, number] = found as unknown as [string, string, string];
    const numbers = seen.get(kind) ?? new Map<string, number>();
    seen.set(kind, numbers);
    if (!numbers.has(number)) numbers.set(number, numbers.size);
    return `${kind}:[${numbers.get(number)}]`;
  }
  if (Array.isArray(value)) return value.map((item) => renamed(item, seen));
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, item]) => [key, renamed(item, seen)]),
  );
}
