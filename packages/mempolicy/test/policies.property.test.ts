import { isRefusal } from '@forkless/errors';
import { MADV, madvise, Nodemask, PAGE_SIZE, touchRange } from '@forkless/mm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeProcessMems,
  getMempolicy,
  getMempolicyThroughNew,
  mbind,
  mbindThroughNew,
  Mempolicy2,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  numaMaps,
  setMempolicy,
  setMempolicyHomeNode,
  setMempolicyThroughNew,
  statusOf,
  UserMemory,
  type NodemaskArgument,
} from '../src/index.ts';
import { BASE, machineA, mapAt, taskOn } from './machine.ts';
import { PlainTask } from './reference/plain-policies.ts';

const FUZZ = Number(process.env['FORKLESS_FUZZ'] ?? 10_000);
const PAGES = 48;

const modes = fc.integer({ min: 0, max: 7 });
const flags = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 0, 1 << 15, 1 << 14) },
  { weight: 1, arbitrary: fc.constantFrom(1 << 13, (1 << 15) | (1 << 14), (1 << 13) | (1 << 15)) },
);
const mask = fc.uniqueArray(fc.nat(5), { maxLength: 4 });
const mems = fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 });
const at = fc.nat(PAGES - 1);
const span = fc.integer({ min: 1, max: 20 });
const operation = fc.oneof(
  fc.record({ op: fc.constant('set' as const), mode: modes, flags, mask }),
  fc.record({ op: fc.constant('mbind' as const), mode: modes, flags, mask, at, span }),
  fc.record({ op: fc.constant('mbind' as const), mode: modes, flags, mask, at, span }),
  fc.record({ op: fc.constant('home' as const), at, span, node: fc.nat(3) }),
  fc.record({ op: fc.constant('mems' as const), mems }),
  fc.record({
    op: fc.constant('weight' as const),
    node: fc.nat(3),
    weight: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ op: fc.constant('cpu' as const), cpu: fc.nat(3) }),
  fc.record({ op: fc.constantFrom('touch' as const, 'drop' as const), at, span }),
);

const errnoOf = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);

describe('random policy calls', () => {
  test('agree with a model that writes a policy down for every page', () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        fc.array(operation, { minLength: 5, maxLength: 40, size: 'max' }),
        (offset, operations) => {
          const numa = machineA();
          const { mm, holder, placer } = taskOn(numa);
          const start = BASE + offset * PAGE_SIZE;
          mapAt(mm, PAGES, start);
          const plain = new PlainTask(PAGES, start / PAGE_SIZE);
          for (const one of operations) {
            const range =
              'at' in one
                ? { first: one.at, count: Math.min(one.span, PAGES - one.at) }
                : { first: 0, count: 0 };
            const from = start + range.first * PAGE_SIZE;
            const length = range.count * PAGE_SIZE;
            switch (one.op) {
              case 'set': {
                const made = plain.make(one.mode, one.flags, one.mask);
                const answer = setMempolicy(holder, one.mode | one.flags, one.mask, 64);
                expect(errnoOf(answer)).toBe(made === 'EINVAL' ? 'EINVAL' : 0);
                if (made !== 'EINVAL') plain.policy = made;
                break;
              }
              case 'mbind': {
                const made = plain.make(one.mode, one.flags, one.mask);
                const mode = one.mode | one.flags;
                const request = { start: from, length, mode, nodemask: one.mask, maxnode: 64 };
                expect(errnoOf(mbind(holder, request))).toBe(made === 'EINVAL' ? 'EINVAL' : 0);
                if (made !== 'EINVAL') plain.bind(range.first, range.count, made);
                break;
              }
              case 'home':
                expect(errnoOf(setMempolicyHomeNode(holder, from, length, one.node))).toBe(
                  plain.setHome(range.first, range.count, one.node),
                );
                break;
              case 'mems': {
                const allowed = one.mems.toSorted((a, b) => a - b);
                changeProcessMems(holder, Nodemask.of(allowed));
                plain.rebind(allowed);
                break;
              }
              case 'weight':
                numa.weights.set(one.node, one.weight);
                plain.weights[one.node] = one.weight;
                break;
              case 'cpu':
                holder.cpu = one.cpu;
                plain.cpuNode = [0, 0, 1, 2][one.cpu]!;
                break;
              case 'touch':
                touchRange(mm, { start: from, pageCount: range.count }, 'write', placer);
                plain.touch(range.first, range.count);
                break;
              default:
                madvise(mm, from, length, MADV.DONTNEED, placer);
                plain.drop(range.first, range.count);
            }
          }
          const ask = { policy: true, nodemask: true, maxnode: 64 };
          const { maskBytes: _own, ...own } = getMempolicy(holder, ask) as { maskBytes: number };
          expect(own).toEqual(PlainTask.told(plain.policy));
          for (const [page, { policy, node }] of plain.pages.entries()) {
            const address = start + page * PAGE_SIZE;
            const told = getMempolicy(holder, { ...ask, address, flags: MPOL_F_ADDR });
            expect(told).toMatchObject(PlainTask.told(policy));
            const status = statusOf(mm, address);
            expect(status === 'ENOENT' ? -1 : status).toBe(node);
          }
        },
      ),
      { seed: 5, numRuns: Math.ceil(FUZZ / 50) },
    );
  });

  test('mbind leaves what a shadow array says, in as few mappings as its runs', () => {
    const call = fc.record({ mode: fc.constantFrom(0, 1, 2, 3, 4, 5, 6), mask, at, span });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 40, size: 'max' }), (calls) => {
        const { mm, holder } = taskOn(machineA());
        mapAt(mm, PAGES);
        const shadow: string[] = Array.from({ length: PAGES }, () => '0:');
        for (const { mode, mask: nodemask, at: first, span: wanted } of calls) {
          const count = Math.min(wanted, PAGES - first);
          const answer = mbind(holder, {
            start: BASE + first * PAGE_SIZE,
            length: count * PAGE_SIZE,
            mode,
            nodemask,
            maxnode: 64,
          });
          if (answer !== 0) continue;
          const here = getMempolicy(holder, {
            policy: true,
            nodemask: true,
            maxnode: 64,
            address: BASE + first * PAGE_SIZE,
            flags: MPOL_F_ADDR,
          });
          if (isRefusal(here)) throw new Error(here.reason);
          shadow.fill(`${here.policy}:${here.nodemask}`, first, first + count);
        }
        const runs = shadow.filter((policy, page) => policy !== shadow[page - 1]).length;
        expect(mm.vmas.count).toBe(runs);
        for (const [page, expected] of shadow.entries()) {
          const address = BASE + page * PAGE_SIZE;
          const request = {
            policy: true,
            nodemask: true,
            maxnode: 64,
            address,
            flags: MPOL_F_ADDR,
          };
          const told = getMempolicy(holder, request);
          if (isRefusal(told)) throw new Error(told.reason);
          expect(`${told.policy}:${told.nodemask}`).toBe(expected);
        }
      }),
      { seed: 6, numRuns: Math.ceil(FUZZ / 50) },
    );
  });
});

describe('the old calls made of the new ones', () => {
  const pointer: fc.Arbitrary<NodemaskArgument> = fc.oneof(
    { weight: 6, arbitrary: fc.uniqueArray(fc.nat(20), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom<NodemaskArgument>(null, 'bad') },
  );
  const maxnode = fc.oneof(
    { weight: 4, arbitrary: fc.constant(64) },
    { weight: 2, arbitrary: fc.nat(24) },
    { weight: 1, arbitrary: fc.constantFrom(65, 1025, 32_769, 32_770) },
  );
  const wanted = fc.constantFrom(true, true, false, 'bad' as const);
  const anyFlags = fc.constantFrom(0, MPOL_F_NODE, MPOL_F_ADDR, 3, MPOL_F_MEMS_ALLOWED, 5, 6, 8);
  const call = fc.oneof(
    fc.record({ op: fc.constant('set' as const), mode: modes, flags, pointer, maxnode }),
    fc.record({
      op: fc.constant('mbind' as const),
      mode: modes,
      flags,
      pointer,
      maxnode,
      at,
      span: fc.nat(20),
      mf: fc.constantFrom(0, 0, 1, 2, 3, 4, 5, 8, 16),
    }),
    fc.record({
      op: fc.constant('get' as const),
      policy: wanted,
      nodemask: wanted,
      maxnode,
      at,
      getFlags: anyFlags,
      hasAddress: fc.boolean(),
    }),
    fc.record({ op: fc.constant('touch' as const), at, span }),
  );

  test('give the same answers and leave the same memory', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 5, maxLength: 40, size: 'max' }), (calls) => {
        const [old, made] = [0, 1].map(() => {
          const task = taskOn(machineA(), { hasCapSysNice: false });
          mapAt(task.mm, PAGES);
          return task;
        }) as [ReturnType<typeof taskOn>, ReturnType<typeof taskOn>];
        const calls2 = new Mempolicy2({ user: new UserMemory() });
        for (const one of calls) {
          if (one.op === 'set') {
            const mode = one.mode | one.flags;
            expect(
              errnoOf(setMempolicyThroughNew(calls2, made.holder, mode, one.pointer, one.maxnode)),
            ).toBe(errnoOf(setMempolicy(old.holder, mode, one.pointer, one.maxnode)));
          } else if (one.op === 'mbind') {
            const request = {
              start: BASE + one.at * PAGE_SIZE,
              length: one.span * PAGE_SIZE,
              mode: one.mode | one.flags,
              nodemask: one.pointer,
              maxnode: one.maxnode,
              flags: one.mf,
            };
            expect(errnoOf(mbindThroughNew(calls2, made.holder, request))).toBe(
              errnoOf(mbind(old.holder, request)),
            );
          } else if (one.op === 'get') {
            const request = {
              policy: one.policy,
              nodemask: one.nodemask,
              maxnode: one.maxnode,
              address: one.hasAddress ? BASE + one.at * PAGE_SIZE : 0,
              flags: one.getFlags,
            };
            const plain = ({ reason: _reason, ...rest }: { reason?: string }) => rest;
            expect(plain(getMempolicyThroughNew(calls2, made.holder, request) as object)).toEqual(
              plain(getMempolicy(old.holder, request) as object),
            );
          } else {
            const range = {
              start: BASE + one.at * PAGE_SIZE,
              pageCount: Math.min(one.span, PAGES - one.at),
            };
            for (const { mm, placer } of [old, made]) touchRange(mm, range, 'write', placer);
          }
        }
        expect(numaMaps(made.holder)).toBe(numaMaps(old.holder));
      }),
      { seed: 7, numRuns: Math.ceil(FUZZ / 50) },
    );
  });
});
