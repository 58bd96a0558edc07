// What has been published of children of large parents, and how the model answers. None of it was used
// for the figures of the profile.

import type { CostProfile } from '@forkless/sim';
import { costOfAll } from '@forkless/spawn';
import type { ClaimResult, PublishedClaim } from '../experiment.ts';
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

/** A prediction within a factor of two of what somebody measured on a machine we do not know. */
const FACTOR = 2;
const MB_PER_MIB = 1e6 / (1024 * 1024);

/** The claims beside the model. */
export function answerClaims(
  results: readonly SizeResult[],
  profile: CostProfile,
): readonly ClaimResult[] {
  const memory = results.filter(({ parent }) => parent.axis === 'memory');
  const at = (mib: number) => memory.find(({ parent }) => parent.amount === mib)!;
  const callMs = ({ spawns }: SizeResult) => spawns['fork-exec']!.call.ns / 1e6;
  const added = (mib: number) => callMs(at(mib)) - callMs(at(0));
  const perMib = added(1024) / 1024;
  const spawnNs = ({ spawns }: SizeResult) => totalNs(spawns['posix-spawn-2.39']!);
  const growth = spawnNs(memory.at(-1)!) / spawnNs(memory[0]!);
  const forkGrowth = callMs(memory.at(-1)!) / callMs(memory[0]!);
  const seconds = (perMib * 20_000 * MB_PER_MIB) / 1000;
  const numbers: Readonly<Record<string, number>> = {
    'heap-of-800-mib': added(800),
    'four-times-the-heap': added(800) / added(200),
    'process-of-20-gb': seconds,
    'process-of-200-mb': perMib * 200 * MB_PER_MIB,
    'graph-of-77-mb': copyMs(at(64), profile) * ((77 * MB_PER_MIB) / 64),
  };
  return claims.map(({ id, source, published }): ClaimResult => {
    const model = numbers[id];
    if (model === undefined) {
      return {
        id,
        source,
        published,
        model: `posix_spawn ${growth.toFixed(2)} times, fork ${forkGrowth.toFixed(0)} times`,
        ratio: null,
        holds: growth < 1.05 && forkGrowth > 2,
        kind: 'predicted',
      };
    }
    const [low, high] =
      typeof published === 'number' ? [published, published] : (published as [number, number]);
    const ratio = model / ((low + high) / 2);
    const holds =
      model >= low / (low === high ? FACTOR : 1) && model <= high * (low === high ? FACTOR : 1);
    return { id, source, published, model, ratio, holds, kind: 'predicted' };
  });
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
