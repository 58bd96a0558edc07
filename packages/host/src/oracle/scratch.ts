// Questions to the running kernel, asked by a process made for them (native/scratch.c): what they change
// ends with it. Asking blocks; this is for tests and for the curious, not for a server.
import { release } from 'node:os';
import { ConfigError, refuse, type Refusal } from '@forkless/errors';
import { errnoName, load } from '../native.ts';

/** The numbers of `enum question` in native/scratch.h. */
export const question = {
  make: 1,
  lastPid: 2,
  setLastPid: 3,
  setPidMax: 4,
  clone3: 5,
  execve: 6,
  setMempolicy: 7,
  getMempolicy: 8,
  mbind: 9,
  homeNode: 10,
  movePages: 11,
  migratePages: 12,
} as const;

/** A question as integers; strings it refers to by index lie in one text. */
export interface Asked {
  readonly kind: keyof typeof question;
  readonly operands: readonly number[];
  readonly strings?: readonly string[];
}

/** What the kernel said: a number, or the name of an errno. */
export type KernelAnswer = number | string;

/**
 * Asks all in order, by one process. A refusal says why there is no such process: no addon, or no right to
 * make a pid namespace.
 */
export function ask(
  questions: readonly Asked[],
  { ownPids = false } = {},
): readonly KernelAnswer[] | Refusal {
  const { native, ...rest } = load();
  if (native === undefined) {
    return refuse('ENOSYS', `the addon is not at work: ${'reason' in rest ? rest.reason : ''}`);
  }
  const strings: string[] = [];
  const numbers = questions.flatMap(({ kind, operands, strings: own = [] }) => {
    const base = strings.length;
    for (const text of own) {
      if (text.includes('\0')) throw new ConfigError('A text asked about has a NUL byte within.');
      strings.push(text);
    }
    const shifted = kind === 'execve' ? shiftStrings(operands, base) : operands;
    return [question[kind], shifted.length, ...shifted];
  });
  const answers = new BigInt64Array(questions.length + 1);
  const text = strings.map((one) => `${one}\0`).join('');
  const error = native.ask(ownPids, Int32Array.from(numbers), text, answers);
  const refused = error === 0 ? Number(answers[0]) : -error;
  if (refused < 0) return refuse(errnoName(-refused), 'there is no process to ask with');
  return Array.from(answers.subarray(1), (answer) =>
    answer < 0n ? kernelName(-Number(answer)) : Number(answer),
  );
}

/** The kernel has one name for what the C library has two. */
function kernelName(errno: number): string {
  const name = errnoName(errno);
  return name === 'ENOTSUP' ? 'EOPNOTSUPP' : name;
}

/** Every operand of an execve but the second names a string. */
function shiftStrings(operands: readonly number[], base: number): readonly number[] {
  return operands.map((operand, at) => (at === 1 ? operand : operand + base));
}

/** Whether this kernel is that version or a later one. */
export function kernelIsAtLeast(major: number, minor: number): boolean {
  const [ours = 0, oursMinor = 0] = release().split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}
