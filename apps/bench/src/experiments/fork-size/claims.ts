// What has been published of children of large parents, and how the model answers. None of it was used
// for the figures of the profile.

import { withFigures, type CostProfile } from '@forkless/sim';
import { costOfAll } from '@forkless/spawn';
import type { ClaimAnswer } from '../answer-claims.ts';
import type { PublishedClaim } from '../experiment.ts';
import type { TimedSpawn } from '../spawning/timing.ts';
import type { SizeResult } from './measure.ts';

const HOTOS =
  'Baumann, Appavoo, Krieger, Roscoe, "A fork() in the road", HotOS 2019, figure 1 as others describe it';
const UVLOOP = 'Kludex/zuvloop, pull request 41, 2026-08: fork from a heap of 0, 200 and 800 MiB';
const NODE = 'nodejs/node issue 14917, 2017: spawn() of a process of 200 MB and of 20 GB';
const NINJA = 'ninja issue 1097: fork once 77 MB of graph are loaded';

/** What was published. */
export const claims: readonly PublishedClaim[] = [
  {
    id: 'posix-spawn-is-flat',
    text: 'posix_spawn takes the same time whatever the size of the parent; fork and exec grow with it.',
    source: HOTOS,
    published: 'flat',
    unit: '',
  },
  {
    id: 'heap-of-800-mib',
    text: 'A heap of 800 MiB adds 15.19 ms to a fork.',
    source: UVLOOP,
    published: 15.19,
    unit: 'ms',
  },
  {
    id: 'four-times-the-heap',
    text: 'From 200 to 800 MiB what the heap adds grows 3.16 times.',
    source: UVLOOP,
    published: 3.16,
    unit: '×',
  },
  {
    id: 'process-of-20-gb',
    text: 'spawn() of a process of 20 GB blocks for 0.2 to 2 s.',
    source: NODE,
    published: [0.2, 2],
    unit: 's',
  },
  {
    id: 'process-of-200-mb',
    text: 'spawn() of a process of 200 MB blocks for about 20 ms.',
    source: NODE,
    published: 20,
    unit: 'ms',
  },
  {
    id: 'graph-of-77-mb',
    text: 'fork takes 2 400 µs instead of 100 once 77 MB are loaded.',
    source: NINJA,
    published: 2.3,
    unit: 'ms',
  },
];

const MB_PER_MIB = 1e6 / (1024 * 1024);

/**
 * The claims beside the model. The machines are not known, so the model answers with a band: every figure
 * at the low end of its interval, and every figure at the high end. A claim holds if it meets the band.
 */
export function claimAnswers(
  results: readonly SizeResult[],
  profile: CostProfile,
): Readonly<Record<string, ClaimAnswer>> {
  const memory = results.filter(({ parent }) => parent.axis === 'memory');
  const lowest = numbersOf(memory, atEnd(profile, 'low'));
  const highest = numbersOf(memory, atEnd(profile, 'high'));
  const bands = claims.flatMap(({ id, published }): [string, ClaimAnswer][] => {
    const ends = [lowest[id], highest[id]];
    if (ends[0] === undefined || ends[1] === undefined) return [];
    const model = [Math.min(ends[0], ends[1]), Math.max(ends[0], ends[1])] as const;
    const [low, high] =
      typeof published === 'number' ? [published, published] : (published as [number, number]);
    return [[id, { model, holds: model[0] <= high && model[1] >= low, kind: 'predicted' }]];
  });
  return { 'posix-spawn-is-flat': flatness(memory), ...Object.fromEntries(bands) };
}

function flatness(memory: readonly SizeResult[]): ClaimAnswer {
  const spawnNs = ({ spawns }: SizeResult) => totalNs(spawns['posix-spawn-2.39']!);
  const forkNs = ({ spawns }: SizeResult) => spawns['fork-exec']!.call.ns;
  const growth = (of: (one: SizeResult) => number) => of(memory.at(-1)!) / of(memory[0]!);
  return {
    model: `posix_spawn ${growth(spawnNs).toFixed(2)} times, fork ${growth(forkNs).toFixed(0)} times`,
    holds: growth(spawnNs) < 1.05 && growth(forkNs) > 2,
    kind: 'predicted',
  };
}

/** A profile with every figure in ns at one end of its interval. */
function atEnd(profile: CostProfile, end: 'low' | 'high'): CostProfile {
  const times = Object.entries(profile.figures).filter(([, { unit }]) => unit === 'ns');
  return withFigures(
    profile,
    Object.fromEntries(times.map(([name, figure]) => [name, figure[end]])),
  );
}

/** What the model says of the published numbers, by the claim's id and in its unit. */
function numbersOf(
  memory: readonly SizeResult[],
  profile: CostProfile,
): Readonly<Record<string, number>> {
  const at = (mib: number) => memory.find(({ parent }) => parent.amount === mib)!;
  const callMs = ({ spawns }: SizeResult) =>
    costOfAll(spawns['fork-exec']!.call.spent, profile) / 1e6;
  const added = (mib: number) => callMs(at(mib)) - callMs(at(0));
  const perMib = added(1024) / 1024;
  return {
    'heap-of-800-mib': added(800),
    'four-times-the-heap': added(800) / added(200),
    'process-of-20-gb': (perMib * 20_000 * MB_PER_MIB) / 1000,
    'process-of-200-mb': perMib * 200 * MB_PER_MIB,
    'graph-of-77-mb': copyMs(at(64), profile) * ((77 * MB_PER_MIB) / 64),
  };
}

const totalNs = ({ call, end }: TimedSpawn): number => call.ns + end.ns;

/** The copy of pages and tables alone, as somebody sees it who times fork() and not the whole spawn. */
function copyMs({ spawns }: SizeResult, profile: CostProfile): number {
  const { spent } = spawns['fork-exec']!.call;
  return (
    costOfAll({ 'fork.page': spent['fork.page']!, 'table.alloc': spent['table.alloc']! }, profile) /
    1e6
  );
}
