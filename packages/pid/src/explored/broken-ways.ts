// Known mistakes in the making of a pid, each as the steps it would be: what an exploration must find, and
// what a person can walk through to see why the kernel does it otherwise.

import { refuse } from '@forkless/errors';
import {
  attempt,
  change,
  locked,
  path,
  when,
  type ExploreOptions,
  type Invariant,
  type PathPart,
} from '@forkless/sim';
import { PID_DESIGNS } from '../designs/builtin-designs.ts';
import type { PidCall } from '../pid-call.ts';
import { PIDMAP_LOCK } from '../pid-lines.ts';
import { PID_INVARIANTS, pidExploration, type PidWorld } from './pid-world.ts';

type Part = PathPart<PidCall>;

/** A mistake. */
export interface BrokenWay {
  readonly name: string;
  /** What is done wrong, and what the kernel does instead. */
  readonly mistake: string;
  /** The level of the namespace that pids are made in. */
  readonly level: number;
  readonly cpus: number;
  /** The name of the invariant that an exploration finds broken. */
  readonly breaks: string;
  readonly invariants: readonly Invariant<PidWorld>[];
  /** alloc_pid with the mistake. */
  readonly parts: () => readonly Part[];
  /** The same without it; the kernel's own alloc_pid where it is left out. */
  readonly mended?: () => readonly Part[];
}

/** The exploration of a mistake, or of the same without it. */
export function brokenExploration(
  { name, level, cpus, parts, mended }: BrokenWay,
  { isMended = false } = {},
): ExploreOptions<PidCall, PidWorld> {
  const whole = pidExploration({ design: PID_DESIGNS[0]!, kernel: '7.0', cpus, ops: 2, level });
  if (isMended && mended === undefined) return whole;
  const alloc = path(`alloc_pid, ${name}`, ...(isMended ? mended! : parts)());
  // Where CPUs have parts of their own they are told apart, and do nothing after.
  if (mended !== undefined) return { ...whole, each: [alloc], isSymmetric: false };
  return { ...whole, each: [alloc, ...whole.each.slice(1)] };
}

const make = change<PidCall>('make the struct pid', (call) => call.make());
const takeAt = (level: number) =>
  change<PidCall>(`take an id, level ${level}`, (call) => call.take(level));
const publishAt = (level: number) =>
  change<PidCall>(`publish, level ${level}`, (call) => call.publish(level));

const search = change<PidCall>('search', (call) => {
  const { ids } = call.request.namespace;
  let id = ids.cursor;
  while (ids.find(id) !== undefined) id++;
  call.current.numbers[0] = id;
});

const takeSeen = change<PidCall>('take what was seen', (call) => {
  const { ids } = call.request.namespace;
  ids.allocExact(call.current.numbers[0]!);
  ids.cursor = call.current.numbers[0]! + 1;
});

/** CPU 0 closes the namespace, as its init's end does; the others make pids in it. */
function closing(...publish: readonly Part[]): readonly Part[] {
  const close = change<PidCall>('close the namespace', ({ request: { namespace } }) => {
    namespace.open = false;
    countsAtClose.set(namespace, namespace.pidAllocated);
  });
  return [
    when<PidCall>('CPU 0', (_call, cpu) => cpu === 0, locked(PIDMAP_LOCK, [close])),
    when<PidCall>(
      'the others',
      (_call, cpu) => cpu > 0,
      make,
      locked(PIDMAP_LOCK, [takeAt(0)]),
      locked(PIDMAP_LOCK, publish),
    ),
  ];
}

/** Pids of a namespace at the moment it was closed; each run has a namespace of its own. */
const countsAtClose = new WeakMap<PidWorld['pids']['initial'], number>();

const STAYS_CLOSED: Invariant<PidWorld> = {
  name: 'a closed namespace gets no more pids',
  when: 'always',
  broken: ({ namespaces: [initial] }) => {
    const count = countsAtClose.get(initial!);
    if (count === undefined || initial!.pidAllocated <= count) return undefined;
    return `a pid was published after the end: ${initial!.pidAllocated} pids, ${count} at the close`;
  },
};

/** Every mistake, the plainest first. */
export const BROKEN_WAYS: readonly BrokenWay[] = [
  {
    name: 'a lock dropped early',
    mistake:
      'A free id is searched for under pidmap_lock and taken after the lock was given back. The kernel searches and takes in one idr_alloc_cyclic() under the lock.',
    level: 0,
    cpus: 3,
    breaks: PID_INVARIANTS[0]!.name,
    invariants: PID_INVARIANTS,
    parts: () => [
      make,
      locked(PIDMAP_LOCK, [search]),
      takeSeen,
      locked(PIDMAP_LOCK, [publishAt(0)]),
    ],
  },
  {
    name: 'a missing recheck',
    mistake:
      'The lock is dropped for memory, as an XArray does it, and what was found free before is not looked at again. The kernel begins its search anew.',
    level: 0,
    cpus: 3,
    breaks: 'the counters agree with what is found',
    invariants: PID_INVARIANTS,
    parts: () => [
      make,
      locked(PIDMAP_LOCK, [search]),
      locked(PIDMAP_LOCK, [takeSeen, publishAt(0)]),
    ],
  },
  {
    name: 'a publication before the outer id is taken',
    mistake:
      'The number in the inner namespace can be found before the pid has its outer one. The kernel takes every number first and publishes all of them in the end.',
    level: 1,
    cpus: 3,
    breaks: 'a lookup finds whole pids',
    invariants: PID_INVARIANTS,
    parts: () => [
      make,
      locked(PIDMAP_LOCK, [takeAt(1), publishAt(1)]),
      locked(PIDMAP_LOCK, [takeAt(0), publishAt(0)]),
    ],
  },
  {
    name: 'an id that is not taken back',
    mistake:
      'Something fails after the numbers were taken and nothing gives them back. The kernel has a cleanup label for it.',
    level: 1,
    cpus: 3,
    breaks: 'no id is lost',
    invariants: PID_INVARIANTS,
    parts: () => [
      make,
      locked(PIDMAP_LOCK, [
        attempt(
          'ids',
          [takeAt(1), takeAt(0), change('fail', () => refuse('ENOMEM', 'no memory is left'))],
          [],
        ),
      ]),
    ],
  },
  {
    name: 'a closed namespace that is not looked at again',
    mistake:
      'The init of a namespace ends while a pid is being made in it, and the pid is published all the same. The kernel looks under the lock, right before it publishes, whether the namespace still takes pids (PIDNS_ADDING).',
    level: 0,
    cpus: 3,
    breaks: STAYS_CLOSED.name,
    invariants: [STAYS_CLOSED],
    parts: () => closing(publishAt(0)),
    mended: () =>
      closing(
        change<PidCall>('check that the namespace is open', (call) => call.checkOpen()),
        publishAt(0),
      ),
  },
];
