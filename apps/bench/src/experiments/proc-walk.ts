// What /proc costs to walk, by allocator: the change of 2017 from bitmap and hash to IDR was argued by
// ps, pstree and readdir over 10 000 processes. Counted are the steps of the walk and the lines it
// touches; what else ps does, the model does not say.

import { DesignRegistry, RESERVED_PIDS } from '@forkless/pid';
import { figureOf, psToNs, nsToPs, RandomStreams, type CostProfile } from '@forkless/sim';
import { profileNamed, profileNames } from '../profiles.ts';
import { answerClaims, type ClaimAnswer } from './answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  PublishedClaim,
  RunContext,
} from './experiment.ts';

const DESIGNS = ['idr', 'xarray', 'bitmap-hash-fixed', 'bitmap-hash', 'range-radix'] as const;
const COMMIT =
  'G. Sharma, 95846ecf9dac ("pid: replace pid bitmap implementation with IDR API"), 2017';
/** System time of ps over 10 000 processes, in ms: with the IDR, with bitmap and hash. */
const PS_SYS_MS = { idr: 289, bitmap: 516 };
const PID_MAX = 32_768;

const claims: readonly PublishedClaim[] = [
  {
    id: 'readdir-sys-equal',
    text: 'readdir of /proc with 10 000 processes takes the same system time either way (0.016 s).',
    source: COMMIT,
    published: 1,
    unit: '× IDR',
  },
  {
    id: 'ps-sys-less',
    text: 'ps over 10 000 processes takes 0.289 s of system time with the IDR, 0.516 s with the bitmap.',
    source: COMMIT,
    published: PS_SYS_MS.bitmap - PS_SYS_MS.idr,
    unit: 'ms saved',
  },
];

/** System time of that readdir, in ms. */
const READDIR_SYS_MS = 16;

/** What one walk over all ids touches. */
interface Walk {
  readonly entries: number;
  /** Reads of lines, and different lines among them. */
  readonly reads: number;
  readonly lines: number;
}

/** Walks once over `live` ids that were handed out in a row, or that random lifetimes have spread. */
function walk(design: string, live: number, isSpread: boolean, seed: number): Walk {
  const ids = new DesignRegistry().get(design).create<number>({ end: PID_MAX, notesTraffic: true });
  const random = new RandomStreams(seed, 1);
  const alloc = (): number => {
    const id = ids.allocCyclic(RESERVED_PIDS, PID_MAX) as number;
    ids.publish(id, 1);
    return id;
  };
  const held = Array.from({ length: live }, alloc);
  const turns = isSpread ? 3 * live : 0;
  for (let turn = 0; turn < turns; turn++) {
    const at = random.nextBelow(0, live);
    ids.free(held[at]!);
    held[at] = alloc();
  }
  const seen = new Set<number>();
  let entries = 0;
  let reads = 0;
  for (let at = ids.next(0); at !== undefined; at = ids.next(at.id + 1)) {
    entries++;
    const lines = ids.traffic.reads;
    reads += lines.count;
    for (let line = 0; line < lines.count; line++) seen.add(lines.lineAt(line));
  }
  return { entries, reads, lines: seen.size };
}

/** A cold walk, in µs: each line once from memory, then from the cache. */
function walkUs({ reads, lines }: Walk, profile: CostProfile): number {
  const [memory, hit] = ['line.memory', 'line.hit'].map(
    (name) => figureOf(profile, name, 'a walk over /proc').value,
  );
  return psToNs(nsToPs(lines * memory! + (reads - lines) * hit!)) / 1000;
}

function run({
  seed,
  params,
  profile: name = profileNames[0]!,
  progress,
}: RunContext): ExperimentResult {
  const profile = profileNamed(name);
  const live = Number(params['processes']);
  const isSpread = params['spread'] === true;
  const walks = DESIGNS.map((design, at) => {
    progress(at, DESIGNS.length, design);
    return [design, walk(design, live, isSpread, seed)] as const;
  });
  const us = Object.fromEntries(walks.map(([design, one]) => [design, walkUs(one, profile)]));
  const savedMs = (us['bitmap-hash-fixed']! - us['idr']!) / 1000;
  return {
    experiment: procWalk.name,
    seed,
    machine: procWalk.machine,
    profile: name,
    params,
    rows: walks.map(([design, { entries, reads, lines }]): Record<string, Cell> => ({
      design,
      entries,
      reads: Number((reads / entries).toFixed(2)),
      lines,
      us: Number(us[design]!.toFixed(1)),
      ratio: Number((us[design]! / us['idr']!).toFixed(2)),
    })),
    claims: answerClaims(claims, answers(savedMs)),
    counted: {},
    calibrated: {},
    predicted: {
      'walk-saved': {
        value: Number(savedMs.toFixed(3)),
        unit: 'ms',
        note: 'one cold walk over all ids, bitmap with 4096 chains less IDR; ps opens and reads files of every process besides, of which the model says nothing',
      },
      'walk-share-of-readdir': {
        value: Number((us['idr']! / 1000 / READDIR_SYS_MS).toFixed(4)),
        unit: '',
        note: `the IDR's walk as part of the ${READDIR_SYS_MS} ms of system time that the commit gives for readdir`,
      },
    },
  };
}

function answers(savedMs: number): Readonly<Record<string, ClaimAnswer>> {
  const readdir = (READDIR_SYS_MS + savedMs) / READDIR_SYS_MS;
  const saved = PS_SYS_MS.bitmap - PS_SYS_MS.idr;
  const kind = 'predicted';
  return {
    // The clock of that time shows steps of 4 ms.
    'readdir-sys-equal': { model: Number(readdir.toFixed(3)), holds: Math.abs(savedMs) < 4, kind },
    'ps-sys-less': { model: Number(savedMs.toFixed(3)), holds: savedMs > saved / 2, kind },
  };
}

const columns: readonly Column[] = [
  { key: 'design', label: 'allocator', unit: '', kind: 'varied' },
  { key: 'entries', label: 'pids', unit: '', kind: 'counted' },
  { key: 'reads', label: 'line reads', unit: 'a pid', kind: 'counted', digits: 2 },
  { key: 'lines', label: 'different lines', unit: '', kind: 'counted' },
  { key: 'us', label: 'cold walk', unit: 'µs', kind: 'predicted', digits: 1 },
  { key: 'ratio', label: 'to the IDR', unit: '×', kind: 'predicted', digits: 2 },
];

/** The experiment. */
export const procWalk: Experiment = {
  name: 'proc-walk',
  title: 'What a walk over /proc costs by allocator, and how much of ps that can be',
  claims,
  parameters: [
    {
      name: 'processes',
      description: 'pids that are walked over',
      unit: 'pids',
      default: 10_000,
      bounds: { min: 1, max: 30_000 },
      integer: true,
    },
    {
      name: 'spread',
      description: 'random lifetimes have spread the pids over the space',
      unit: '',
      default: false,
    },
  ],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 1,
  run,
  plots: ({ rows }) => [
    {
      title: 'A cold walk over all pids',
      x: { label: 'allocator (in the order of the table)', unit: '' },
      y: { label: 'time', unit: 'µs' },
      series: [
        { name: 'cold walk', points: rows.map((row, at) => [at + 1, Number(row['us'])] as const) },
      ],
      bands: [],
      note: 'The walk itself is a small part of what ps and pstree do for each process; gains of hundreds of milliseconds lie elsewhere.',
    },
  ],
};
