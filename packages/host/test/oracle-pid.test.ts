// The pid rules of this kernel, in a namespace of its own, and of the model: random questions to both.
import { isRefusal } from '@forkless/errors';
import {
  IdrIds,
  lastPid,
  Pid,
  PID_KERNELS,
  pidMaxBounds,
  PidNamespaces,
  setLastPid,
  setPidMax,
  type PidNamespace,
} from '@forkless/pid';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { askPid, type KernelAnswer, type PidQuestion } from '../src/index.ts';
import { kernelIsAtLeast } from '../src/oracle/scratch.ts';
import { testReal } from './real.ts';

const isLong = Number(process.env['FORKLESS_FUZZ'] ?? 0) >= 100_000;
const scriptCount = isLong ? 80 : 15;
const largest = 400;

const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 30 }) },
  fc.constantFrom(0, -1, largest - 1, largest, largest + 1, 4_194_303, 4_194_304),
);
const question: fc.Arbitrary<PidQuestion> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('make' as const), stays: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('make' as const),
      stays: fc.boolean(),
      setTid: fc.array(number, { minLength: 1, maxLength: 1 }),
    }),
  },
  fc.record({
    kind: fc.constant('make' as const),
    setTid: fc.array(fc.constantFrom(0, 3, 90), { minLength: 3, maxLength: 34 }),
  }),
  { weight: 2, arbitrary: fc.constant({ kind: 'last' as const }) },
  fc.record({ kind: fc.constant('setLast' as const), pid: number }),
);

function askModel(script: readonly PidQuestion[], max: number | undefined): KernelAnswer[] {
  const name = kernelIsAtLeast(7, 0) ? '7.0' : kernelIsAtLeast(6, 15) ? '6.18' : '6.12';
  const pids = new PidNamespaces({
    allocator: () => new IdrIds<Pid>(),
    kernel: PID_KERNELS[name],
    pidMax: 4_194_304,
  });
  pids.alloc({ namespace: pids.initial });
  const namespace = pids.createNamespace(pids.initial) as PidNamespace;
  pids.alloc({ namespace });
  const said = (answer: unknown): KernelAnswer => (isRefusal(answer) ? answer.errno : 0);
  const answers = script.map((one): KernelAnswer => {
    if (one.kind === 'last') return lastPid(namespace);
    if (one.kind === 'setLast') return said(setLastPid(namespace, one.pid));
    if (one.kind === 'setMax') return said(setPidMax(namespace, one.max, pidMaxBounds(1)));
    const pid = pids.alloc({ namespace, setTid: one.setTid ?? [] });
    if (!(pid instanceof Pid)) return said(pid);
    if (one.stays !== true) pids.free(pid);
    return pid.numbers[1]!;
  });
  expect(max === undefined || namespace.pidMax === max).toBe(true);
  return answers;
}

describe('the model and this kernel', () => {
  testReal(
    `answer alike to ${scriptCount} lists of pid questions`,
    (skip) => {
      const own = askPid([{ kind: 'last' }]);
      if ('errno' in own) return skip(`no pid namespace can be made here: ${own.errno}`);
      // A small space, so that it fills and wraps; where pid_max is the machine's, a large one.
      const max = kernelIsAtLeast(6, 14) ? largest : undefined;
      const first: PidQuestion[] = max === undefined ? [] : [{ kind: 'setMax', max }];
      const seen = new Set<KernelAnswer>();
      fc.assert(
        fc.property(fc.array(question, { minLength: 5, maxLength: 60 }), (drawn) => {
          const script = [...first, ...drawn];
          const real = askPid(script);
          expect(real).toEqual(askModel(script, max));
          if (!('errno' in real)) for (const answer of real) seen.add(answer);
        }),
        { numRuns: scriptCount, seed: 3 },
      );
      expect([...seen]).toEqual(expect.arrayContaining(['EEXIST', 'EINVAL', 2, 3]));
    },
    { needsRoot: true },
  );

  testReal(
    'give out every number of a small space, and no more',
    (skip) => {
      if (!kernelIsAtLeast(6, 14)) return skip('pid_max is that of the whole machine before 6.14');
      const script: PidQuestion[] = [
        { kind: 'setMax', max: 301 },
        ...Array.from({ length: 305 }, (): PidQuestion => ({ kind: 'make', stays: true })),
      ];
      const real = askPid(script);
      if ('errno' in real) return skip(`no pid namespace can be made here: ${real.errno}`);
      expect(real).toEqual(askModel(script, 301));
      expect(real.filter((answer) => answer === 'EAGAIN').length).toBeGreaterThan(0);
    },
    { needsRoot: true },
  );
});
