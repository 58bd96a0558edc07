// What making a child costs, from the figures of a profile and the state of the parent: counted work times
// figures, and how warm the caches are in which the work is done.
//
// A fork walks, for every page, its entry in both page tables and its struct page: 80 bytes. As long as
// these stay in the caches from one fork to the next, a page costs what `fork.page` and `exit.page` say. A
// larger walk, or one after the parent wrote all its pages in between, finds them gone, and has the entries
// to write-protect anew: that is why one and the same fork takes half as long again after its parent rewrote
// its memory. The same cold caches make the system calls around it dearer.
import { figureOf, type CostProfile } from '@forkless/sim';
import type { Beat } from './cost-program.ts';
import { isFork, isRewritten, isScattered, type Parent } from './parent.ts';

/** Costs in ns until the creating call returns, and until the child was waited for. */
export interface SpawnCost {
  readonly callNs: number;
  readonly totalNs: number;
}

/** How much slower than at its calibration a machine is just now. */
export interface Pace {
  readonly near: number;
  readonly far: number;
  readonly calls: number;
}

/** A machine left alone. */
export const calm: Pace = { near: 1, far: 1, calls: 1 };

const pagesPerMib = 256;
const bytesWalkedPerPage = 80;
/** A struct vm_area_struct, its share of the tree, and for a touched one its anon_vma with its links. */
const bytesWalkedPerMapping = 300;
const bytesWalkedPerTouchedMapping = 600;
const mib = 2 ** 20;

/** Sizes in MiB at which the walk over memory is calibrated. */
export const walkSizes: Readonly<Record<'fresh' | 'rewritten', readonly number[]>> = {
  fresh: [16, 64, 256, 768],
  rewritten: [16, 64, 256],
};

/** Counts of mappings at which the walk over mappings is calibrated. */
export const mappingCounts = [500, 4000] as const;

/** The pace that a beat shows, against the one in the profile. */
export function paceOf(profile: CostProfile, beat: Beat): Pace {
  const { near, far, calls } = beat;
  const figure = figuresOf(profile);
  return {
    near: near / figure('host.beat-near'),
    far: far / figure('host.beat-far'),
    calls: calls / figure('host.beat-calls'),
  };
}

/** Predicts one spawn. `pace` is how slow the machine is at the time. O(1). */
export function predictSpawn(profile: CostProfile, parent: Parent, pace: Pace = calm): SpawnCost {
  const figure = figuresOf(profile);
  const base = isFork(parent) ? forkCost(figure, parent, pace) : vforkCost(figure, parent, pace);
  return { callNs: base.callNs, totalNs: base.callNs + base.restNs };
}

type FigureOf = (name: string) => number;

function figuresOf(profile: CostProfile): FigureOf {
  return (name) => figureOf(profile, name, 'a prediction of `forkless host predict`').value;
}

interface Parts {
  readonly callNs: number;
  readonly restNs: number;
}

function forkCost(figure: FigureOf, parent: Parent, pace: Pace): Parts {
  const { mappings, touched, huge, files, inherit, threads, mechanism } = parent;
  const pages = parent.rss * pagesPerMib;
  const walk = pageWalk(figure, parent) * paceAt(pace, parent.rss);
  const mappingWalk =
    mappingRatio(figure, parent) *
    paceAt(pace, walkedBytes(parent) / bytesWalkedPerPage / pagesPerMib);
  const of = (kind: 'fork' | 'exit') =>
    pages * figure(`${kind}.page`) * walk +
    (huge / 2) * figure(`${kind}.huge-page`) * pace.near +
    mappings *
      mappingWalk *
      (figure(`${kind}.vma`) + (touched ? figure(`${kind}.anon-vma`) + figure(`${kind}.page`) : 0));
  const ends = mechanism === 'fork-exit';
  const closed = ends || inherit ? figure('fd.close') : figure('fd.close-on-exec');
  const cold = 1 + figure('host.cold-fork') * Math.sqrt(walkedBytes(parent) / mib);
  const more =
    threads > 1 ? figure('host.thread-first') + (threads - 2) * figure('host.thread') : 0;
  return {
    callNs: of('fork') + pace.calls * (figure('host.fork') + files * figure('fd.copy') + more / 2),
    restNs:
      of('exit') +
      pace.calls *
        (figure('host.fork-exit') +
          files * closed +
          more / 2 +
          (ends ? 0 : execCost(figure, parent) * cold)),
  };
}

function vforkCost(figure: FigureOf, parent: Parent, pace: Pace): Parts {
  const { files, inherit, mechanism } = parent;
  const swept = isRewritten(parent) ? parent.rss * pagesPerMib * bytesWalkedPerPage : 0;
  const cold = 1 + figure('host.cold-vfork') * Math.sqrt(swept / mib);
  const own =
    figure('host.vfork') +
    (mechanism === 'vfork-exit' ? 0 : execCost(figure, parent)) +
    (mechanism === 'posix-spawn' ? figure('host.posix-spawn') : 0);
  const closedNs =
    mechanism === 'vfork-close'
      ? figure('fd.close-range')
      : inherit || mechanism === 'vfork-exit'
        ? figure('fd.close')
        : figure('fd.close-on-exec');
  const table =
    mechanism === 'vfork-own-table'
      ? figure('host.own-table')
      : files * (figure('fd.copy') + closedNs);
  // The parent waits until the exec; the rest is the child's end and the wait.
  return { callNs: pace.calls * (own * cold + table), restNs: 0 };
}

function execCost(figure: FigureOf, { program }: Parent): number {
  return figure('host.exec') + (program === 'dynamic' ? figure('host.exec-dynamic') : 0);
}

/** How much dearer a page is than in a walk of 64 MiB that stays in the caches. */
function pageWalk(figure: FigureOf, parent: Parent): number {
  if (parent.rss === 0) return 1;
  const kind = isRewritten(parent) ? 'rewritten' : 'fresh';
  const sizes = walkSizes[kind];
  const ratios = sizes.map((size) => figure(`host.walk-${kind}-${size}`));
  const scatter = isScattered(parent) ? figure('host.walk-scattered') : 1;
  return between(parent.rss, sizes, ratios) * scatter;
}

function mappingRatio(figure: FigureOf, { mappings, touched }: Parent): number {
  if (mappings === 0) return 1;
  const many = figure(touched ? 'host.walk-mappings-touched' : 'host.walk-mappings');
  return between(mappings, mappingCounts, [1, many]);
}

function walkedBytes({ rss, mappings, touched }: Parent): number {
  return (
    rss * pagesPerMib * bytesWalkedPerPage +
    mappings * (touched ? bytesWalkedPerTouchedMapping : bytesWalkedPerMapping)
  );
}

/** The metronome forks 16 and 128 MiB; a walk in between feels something of both. */
function paceAt({ near, far }: Pace, walkedMib: number): number {
  return between(walkedMib, [16, 128], [near, far]);
}

/** Linear in the logarithm of `at`, and level beyond the ends. */
function between(at: number, points: readonly number[], values: readonly number[]): number {
  const above = points.findIndex((point) => point >= at);
  if (above === 0) return values[0]!;
  if (above < 0) return values.at(-1)!;
  const [low, high] = [points[above - 1]!, points[above]!];
  const share = Math.log(at / low) / Math.log(high / low);
  return values[above - 1]! * (1 - share) + values[above]! * share;
}
