// argv and envp on their way to the new stack: how many there may be, how long, and in which order they
// are copied. Strings are byte strings, one character a byte; runs of equal ones are counted, not stored.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';

/** Equal strings in a row. */
export interface ArgRun {
  readonly text: string;
  readonly times: number;
}

/** A vector of strings as a caller passes it. `fault` marks an invalid pointer in or for the vector. */
export type ArgVector = readonly (string | ArgRun | { readonly fault: true })[] | 'fault' | null;

/** Bytes of one string with its NUL: 32 pages. */
export const MAX_ARG_STRLEN = 131072;
/** Strings and pointers always have this much room. */
export const ARG_MAX = 131072;
/** Three quarters of the default stack, the most they ever get. */
const ARG_BYTES_MAX = 6 * 1024 * 1024;
/** Most strings in a vector. */
const MAX_ARG_STRINGS = 0x7fffffff;
const POINTER_BYTES = 8;
const PAGE_BYTES = 4096;

/** The argument area while it is filled. */
export interface ArgArea {
  /** Bytes of strings copied. */
  byteCount: number;
  /** Bytes of strings that are allowed. */
  readonly byteLimit: number;
  /** Soft RLIMIT_STACK, up to which the new stack may grow by whole pages. */
  readonly stackLimit: number;
}

/**
 * Number of strings: EFAULT for a bad vector, E2BIG for 2^31 or more. Null counts as empty.
 *
 * @see fs/exec.c, count(), v6.18
 */
export function countStrings(vector: ArgVector): number | Refusal<'E2BIG' | 'EFAULT'> {
  if (vector === 'fault') return refuse('EFAULT', 'the vector cannot be read');
  let total = 0;
  for (const item of vector ?? []) {
    total += typeof item === 'string' || 'fault' in item ? 1 : item.times;
    if (total > MAX_ARG_STRINGS) return refuse('E2BIG', 'more than 2^31 strings');
  }
  return total;
}

/**
 * How many bytes of strings fit: a quarter of the stack limit, at most 6 MiB, at least 128 KiB, less the
 * pointers (argc counts at least one). E2BIG when the pointers alone are too many.
 *
 * @see fs/exec.c, bprm_stack_limits(), v6.18
 */
export function createArgArea(
  argc: number,
  envc: number,
  stackLimit: number,
): ArgArea | Refusal<'E2BIG'> {
  const limit = Math.max(Math.min(ARG_BYTES_MAX, Math.floor(stackLimit / 4)), ARG_MAX);
  const pointers = (Math.max(argc, 1) + envc) * POINTER_BYTES;
  if (limit <= pointers) return refuse('E2BIG', 'too many strings');
  return { byteCount: 0, byteLimit: limit - pointers, stackLimit };
}

/**
 * Copies a vector, last string first: EFAULT at an invalid pointer, E2BIG for a string above 131071 bytes
 * or when the area is full. Cost: the number of runs.
 *
 * @see fs/exec.c, copy_strings(), v6.18
 */
export function copyStrings(area: ArgArea, vector: ArgVector): Refusal<'E2BIG' | 'EFAULT'> | null {
  if (vector === 'fault') return refuse('EFAULT', 'the vector cannot be read');
  if (vector === null) return null;
  for (let at = vector.length - 1; at >= 0; at--) {
    const refused = copyItem(area, vector[at]!);
    if (refused !== null) return refused;
  }
  return null;
}

function copyItem(
  area: ArgArea,
  item: Exclude<ArgVector, 'fault' | null>[number],
): Refusal<'E2BIG' | 'EFAULT'> | null {
  if (typeof item === 'string') return copyString(area, item);
  if ('fault' in item) return refuse('EFAULT', 'a bad pointer');
  return item.times === 0 ? null : copyString(area, item.text, item.times);
}

/**
 * Copies one string, or the same one several times.
 *
 * @see fs/exec.c, copy_string_kernel(), get_arg_page(); mm/vma.c, acct_stack_growth(), v6.18
 */
export function copyString(area: ArgArea, text: string, times = 1): Refusal<'E2BIG'> | null {
  const bytes = text.length + 1;
  if (bytes > MAX_ARG_STRLEN) return refuse('E2BIG', 'a string of more than 131071 bytes');
  area.byteCount += bytes * times;
  if (area.byteCount > area.byteLimit) return refuse('E2BIG', 'the argument area is full');
  const stack = Math.ceil((area.byteCount + POINTER_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  if (stack > area.stackLimit) return refuse('E2BIG', 'the stack may not grow that far');
  return null;
}

/** The strings of a vector that was copied, runs kept together. */
export function vectorRuns(vector: ArgVector): ArgRun[] {
  const runs: ArgRun[] = [];
  if (vector === 'fault') return runs;
  for (const item of vector ?? []) {
    if (typeof item === 'string') runs.push({ text: item, times: 1 });
    else if ('text' in item && item.times > 0) runs.push(item);
  }
  return runs;
}

/** Number of strings in a list of runs. */
export function runCount(runs: readonly ArgRun[]): number {
  return runs.reduce((sum, run) => sum + run.times, 0);
}
