// The calls of memory policy, one after the other by one process, on the model and on this kernel.
import { isRefusal } from '@forkless/errors';
import {
  createHolder,
  getMempolicy,
  mbind,
  movePages,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  Numa,
  setMempolicy,
  setMempolicyHomeNode,
  type PolicyHolder,
} from '@forkless/mempolicy';
import { createMemory, createMm, LocalPlacer, MAP, mmap, PROT, touch } from '@forkless/mm';
import { readSynthetic } from '@forkless/topology';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  askMempolicy,
  askTopology,
  type KernelAnswer,
  type MempolicyQuestion,
} from '../src/index.ts';
import { maskWords, memoryMode } from '../src/place.ts';
import { testReal } from './real.ts';

const isLong = Number(process.env['FORKLESS_FUZZ'] ?? 0) >= 100_000;
const scriptCount = isLong ? 600 : 60;

const staticNodes = 1 << 15;
const relativeNodes = 1 << 14;

const policy = fc.record({
  mode: fc
    .tuple(
      fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 12),
      fc.constantFrom(0, 0, 0, staticNodes, relativeNodes, staticNodes | relativeNodes, 1 << 12),
    )
    .map(([mode, modeFlags]) => mode | modeFlags),
  nodes: fc.oneof(
    { weight: 4, arbitrary: fc.subarray([0, 1, 2]) },
    fc.constantFrom([40], [0, 63], [0, 900], [4000]),
  ),
});

const question: fc.Arbitrary<MempolicyQuestion> = fc.oneof(
  policy.map((one) => ({ kind: 'set' as const, ...one })),
  {
    weight: 2,
    arbitrary: fc
      .tuple(policy, fc.constantFrom(0, 0, 1, 2, 4, 3, 8, 16))
      .map(([one, moveFlags]) => ({ kind: 'mbind' as const, ...one, flags: moveFlags })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('get' as const),
      flags: fc.constantFrom(0, MPOL_F_ADDR, MPOL_F_MEMS_ALLOWED, MPOL_F_NODE | MPOL_F_ADDR, 8, 6),
      withAddress: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant('homeNode' as const),
    node: fc.constantFrom(0, 0, 1, -1, 900),
    flags: fc.constantFrom(0, 0, 0, 1),
  }),
);

const size = 4096;

interface Process {
  readonly holder: PolicyHolder;
  readonly page: number;
}

function boot(nodeCount: number): Process {
  const memory = createMemory(readSynthetic(`numa:${nodeCount} core:1 pu:1`));
  const placer = new LocalPlacer(memory, 0);
  const mm = createMm(memory, placer);
  const holder = createHolder(new Numa(memory), { mm, hasCapSysNice: true });
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const page = mmap(mm, { length: size, prot: PROT.READ | PROT.WRITE, flags }, placer);
  if (typeof page !== 'number') throw new Error(page.reason);
  touch(mm, page, 'write', placer);
  return { holder, page };
}

function askModel(one: MempolicyQuestion, { holder, page }: Process): KernelAnswer {
  const said = (answer: unknown): KernelAnswer => (isRefusal(answer) ? answer.errno : 0);
  switch (one.kind) {
    case 'set':
    case 'mbind': {
      const mode = typeof one.mode === 'number' ? one.mode : memoryMode(one.mode);
      const words = maskWords(one.nodes ?? []);
      const nodes = one.nodes ?? null;
      const maxnode = nodes === null ? 0 : 32 * words.length + 1;
      if (one.kind === 'set') return said(setMempolicy(holder, mode, nodes, maxnode));
      const range = { start: page, length: size, mode, nodemask: nodes, maxnode };
      return said(mbind(holder, { ...range, flags: one.flags ?? 0 }));
    }
    case 'get': {
      const address = one.withAddress === true ? page : 0;
      const answer = getMempolicy(holder, { policy: true, flags: one.flags ?? 0, address });
      return isRefusal(answer) ? answer.errno : answer.policy!;
    }
    case 'homeNode':
      return said(setMempolicyHomeNode(holder, page, size, one.node, one.flags));
    default:
      throw new Error(`${one.kind} is not compared here`);
  }
}

describe('the model and this kernel', () => {
  testReal(
    `answer alike to ${scriptCount} lists of memory-policy calls`,
    (skip) => {
      const machine = askTopology();
      if ('errno' in machine) return skip(`this kernel shows no nodes: ${machine.reason}`);
      const isPlain = machine.nodes.every(({ node, hasMemory }, at) => node === at && hasMemory);
      if (!isPlain) return skip('the nodes here have gaps, or one has no memory');
      const nodeCount = machine.nodes.length;
      const touchFirst: MempolicyQuestion = { kind: 'movePages' };
      const seen = new Set<unknown>();
      fc.assert(
        fc.property(fc.array(question, { minLength: 1, maxLength: 12 }), (drawn) => {
          const [status, ...real] = askMempolicy([touchFirst, ...drawn]) as readonly KernelAnswer[];
          expect(status).toBeTypeOf('number');
          const model = boot(nodeCount);
          const answers = drawn.map((one) => askModel(one, model));
          expect(drawn.map((one, at) => [one, answers[at]])).toEqual(
            drawn.map((one, at) => [one, real[at]]),
          );
          for (const answer of real) seen.add(answer);
        }),
        { numRuns: scriptCount, seed: 21, endOnFailure: true },
      );
      expect([...seen]).toEqual(expect.arrayContaining([0, 'EINVAL']));
    },
    { needsRoot: true },
  );

  testReal('know where a page is', (skip) => {
    const real = askMempolicy([
      { kind: 'movePages' },
      { kind: 'movePages', present: false },
      { kind: 'movePages', node: 0 },
      { kind: 'movePages', node: 900 },
    ]);
    if ('errno' in real) return skip(real.reason);
    if (real[0] === 'ENOSYS') return skip('this kernel has no move_pages');
    const { holder, page } = boot(1);
    const move = (nodes: number[] | null) =>
      movePages(holder, { target: holder, addresses: [page], nodes, flags: 2 });
    expect(real[0]).toBe(move(null).status[0]);
    expect(real[1]).toBe('ENOENT');
    const refused = move([900]).result;
    expect(real[3]).toBe(isRefusal(refused) ? refused.errno : 0);
  });
});
