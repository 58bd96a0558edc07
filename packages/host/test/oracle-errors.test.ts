// clone3 with arguments that may not go together, and execve, on the model and on this kernel: the same
// errno, or none from both.
import { isRefusal } from '@forkless/errors';
import { boot, clone3, CLONE_FLAGS, cloneFlags, fork, type Clone3Args } from '@forkless/task';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askErrors, type Clone3Question } from '../src/index.ts';
import { testReal } from './real.ts';

const isLong = Number(process.env['FORKLESS_FUZZ'] ?? 0) >= 100_000;
const questionCount = isLong ? 10_000 : 1000;
const batch = 100;

/** Rights that only root has; who asks as somebody else is answered EPERM first, by both. */
const namespaces = ['CLONE_NEWPID', 'CLONE_NEWNS', 'CLONE_NEWUTS', 'CLONE_NEWIPC'] as const;
const flagNames = [
  'CLONE_VM',
  'CLONE_FS',
  'CLONE_FILES',
  'CLONE_SIGHAND',
  'CLONE_PIDFD',
  'CLONE_VFORK',
  'CLONE_THREAD',
  'CLONE_SYSVSEM',
  'CLONE_PARENT_SETTID',
  'CLONE_CHILD_CLEARTID',
  'CLONE_DETACHED',
  'CLONE_UNTRACED',
  ...namespaces,
] as const satisfies readonly (keyof typeof CLONE_FLAGS)[];

const flags = fc
  .record({
    names: fc.oneof(
      fc.subarray([...flagNames], { maxLength: 5 }),
      fc.constantFrom(
        ['CLONE_VM', 'CLONE_SIGHAND', 'CLONE_THREAD'] as const,
        ['CLONE_VM', 'CLONE_SIGHAND'] as const,
        ['CLONE_VM', 'CLONE_VFORK', 'CLONE_PIDFD'] as const,
      ),
    ),
    unknown: fc.constantFrom(0n, 0n, 0n, 0n, 0xffn, 1n << 40n, 1n << 63n),
  })
  .map(({ names, unknown }) => cloneFlags(...names) | unknown);

const question: fc.Arbitrary<Clone3Question> = fc.record({
  kind: fc.constant('clone3' as const),
  flags,
  size: fc.constantFrom(88, 88, 88, 80, 64, 72, 63, 0, 96, 4096, 4097),
  exitSignal: fc.constantFrom(17, 17, 17, 0, 10, 64, 65, -1, 255),
  stack: fc.boolean(),
  stackSize: fc.constantFrom(0, 65_536, 65_536, 65_536),
  setTidSize: fc.constantFrom(0, 0, 0, 0, 33, 40),
});

function askModel(asked: Clone3Question): string | number {
  const kernel = boot({ possibleCpuCount: 2 });
  const caller = fork(kernel, kernel.init);
  if (isRefusal(caller)) throw new Error(caller.reason);
  const { setTidSize = 0, stackSize = 0 } = asked;
  const args: Clone3Args = {
    flags: asked.flags,
    pidfd: { value: -1 },
    childTid: { value: 0 },
    parentTid: { value: 0 },
    exitSignal: asked.exitSignal ?? 17,
    stack: asked.stack === true ? 0x7000_0000_0000 : 0,
    stackSize,
    setTid: setTidSize === 0 ? null : [0],
    setTidSize,
  };
  const made = clone3(kernel, caller, { args }, asked.size ?? 88);
  return isRefusal(made) ? made.errno : 0;
}

describe('the model and this kernel', () => {
  testReal(
    `answer alike to ${questionCount} clone3`,
    () => {
      const seen = new Map<unknown, number>();
      fc.assert(
        fc.property(fc.array(question, { minLength: batch, maxLength: batch }), (questions) => {
          const real = askErrors(questions);
          if ('errno' in real) throw new Error(real.reason);
          for (const [at, asked] of questions.entries()) {
            // Not made by us, as the child would run on our own stack; see askErrors.
            if (real[at] === 'EOPNOTSUPP') continue;
            expect({ asked, answer: askModel(asked) }).toEqual({ asked, answer: real[at] });
            seen.set(real[at], (seen.get(real[at]) ?? 0) + 1);
          }
        }),
        { numRuns: questionCount / batch, seed: 9, endOnFailure: true, verbose: 0 },
      );
      expect([...seen.keys()]).toEqual(expect.arrayContaining([0, 'EINVAL', 'E2BIG']));
    },
    { needsRoot: true },
  );

  testReal('are asked about execve, too', () => {
    expect(
      askErrors([
        { kind: 'execve', path: '/no/such', argv: ['x'] },
        { kind: 'execve', path: '/bin/true', argv: [] },
        { kind: 'execve', path: '/', argv: ['x'] },
        { kind: 'execve', path: '/bin/true', argv: ['a'.repeat(140_000)] },
      ]),
    ).toEqual(['ENOENT', 0, 'EACCES', 'E2BIG']);
  });
});

test('what would outlive its question is not asked', () => {
  const flag = CLONE_FLAGS.CLONE_PARENT;
  expect(() => askErrors([{ kind: 'clone3', flags: BigInt(flag) }])).toThrow('outlive');
  expect(() => askErrors([{ kind: 'execve', path: 'a\0b', argv: [] }])).toThrow('NUL');
});
