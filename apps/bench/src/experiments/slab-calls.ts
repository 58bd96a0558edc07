// What part of the allocations of a pid reaches the slab allocator for a node, by what is done and by how
// much is live: the 1.6 % of the thread, derived and counted, and where it does not hold.

import { DesignRegistry } from '@forkless/pid';
import { RandomStreams } from '@forkless/sim';
import { profileNames } from '../profiles.ts';
import { answerClaims, type ClaimAnswer } from './answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  PublishedClaim,
  RunContext,
} from './experiment.ts';

/** Slots of a radix tree node. @see include/linux/xarray.h, XA_CHUNK_SIZE */
const NODE_SLOTS = 64;
/** One leaf for 64 ids, one node above for 64 leaves, and so on: 1/64 + 1/64² + … */
const DERIVED_PERCENT = 100 / (NODE_SLOTS - 1);
const ID_MIN = 300;
const SPACES = [32_768, 4_194_304] as const;
const LIVES = [1000, 10_000, 32_000] as const;
const PAIRS = 20_000;

const claims: readonly PublishedClaim[] = [
  {
    id: 'one-in-sixty-three',
    text: 'Only 1.6 % of the allocations from an XArray reach the slab allocator.',
    source: 'M. Wilcox, linux-kernel, thread of 2025-11-23',
    published: 1.6,
    unit: '%',
  },
];

/** What is done with the ids. */
const WORK = ['fill', 'churn', 'tight'] as const;

/** Objects made for 100 allocations of a design, counted. */
function percentMade(
  design: string,
  what: (typeof WORK)[number],
  { end, live, seed }: { end: number; live: number; seed: number },
): number {
  const ids = new DesignRegistry().get(design).create<number>({ end, notesTraffic: true });
  const random = new RandomStreams(seed, 1);
  let made = 0;
  let calls = 0;
  const alloc = (): number => {
    const id = ids.allocCyclic(ID_MIN, end) as number;
    made += ids.traffic.objectsMade;
    calls++;
    ids.publish(id, 1);
    return id;
  };
  const held = Array.from({ length: live }, alloc);
  if (what === 'fill') return (100 * made) / calls;
  // Let random lifetimes thin out what was filled in one go.
  const replace = (count: number) => {
    for (let turn = 0; turn < count; turn++) {
      const at = random.nextBelow(0, live);
      ids.free(held[at]!);
      held[at] = alloc();
    }
  };
  replace(2 * live);
  [made, calls] = [0, 0];
  if (what === 'churn') replace(PAIRS);
  else for (let pair = 0; pair < PAIRS; pair++) ids.free(alloc());
  return (100 * made) / calls;
}

function run({ seed, params, profile = profileNames[0]!, progress }: RunContext): ExperimentResult {
  const design = String(params['design']);
  const cases = SPACES.flatMap((space) =>
    LIVES.filter((live) => live < space - ID_MIN).map((live) => ({ space, live })),
  );
  const rows = cases.map(({ space, live }, at): Record<string, Cell> => {
    progress(at, cases.length, `${live} of ${space}`);
    const percents = WORK.map(
      (what) =>
        [what, Number(percentMade(design, what, { end: space, live, seed }).toFixed(3))] as const,
    );
    return { space, live, ...Object.fromEntries(percents) };
  });
  const worst = Math.max(...rows.map(({ tight }) => Number(tight)));
  // What a running system does: pids come and go among others, in a space that is mostly free.
  const steady = rows.filter(({ space }) => space === SPACES[1]).map(({ churn }) => Number(churn));
  return {
    experiment: slabCalls.name,
    seed,
    machine: slabCalls.machine,
    profile,
    params,
    rows,
    claims: answerClaims(claims, answers(steady)),
    counted: {
      derived: {
        value: Number(DERIVED_PERCENT.toFixed(3)),
        unit: '%',
        note: '1/64 + 1/64² + … = 1/63 nodes an id, in a radix tree of 64 slots',
      },
      'tight-worst': {
        value: worst,
        unit: '%',
        note: 'one id made and dropped over and over, with no neighbour to keep its nodes alive',
      },
    },
    calibrated: {},
    predicted: {},
  };
}

function answers(percents: readonly number[]): Readonly<Record<string, ClaimAnswer>> {
  const low = Math.min(...percents);
  const high = Math.max(...percents);
  return {
    'one-in-sixty-three': { model: [low, high], holds: low > 1.4 && high < 1.8, kind: 'counted' },
  };
}

const columns: readonly Column[] = [
  { key: 'space', label: 'ids', unit: '', kind: 'varied' },
  { key: 'live', label: 'live', unit: '', kind: 'varied' },
  { key: 'fill', label: 'filling up', unit: '%', kind: 'counted', digits: 2 },
  { key: 'churn', label: 'random replacement', unit: '%', kind: 'counted', digits: 2 },
  { key: 'tight', label: 'make and drop one', unit: '%', kind: 'counted', digits: 2 },
];

/** The experiment. */
export const slabCalls: Experiment = {
  name: 'slab-calls',
  title: 'What part of the pid allocations reaches the slab allocator for a node',
  claims,
  parameters: [
    {
      name: 'design',
      description: 'the allocator whose objects are counted',
      unit: '',
      default: 'idr',
      choices: new DesignRegistry().names,
    },
  ],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 2,
  run,
  plots: ({ rows }) => [
    {
      title: 'Slab calls for 100 allocations',
      x: { label: 'live ids of 4 194 304', unit: '' },
      y: { label: 'slab calls', unit: '%' },
      series: WORK.map((what) => ({
        name: columns.find(({ key }) => key === what)!.label,
        points: rows
          .filter(({ space }) => space === SPACES[1])
          .map((row) => [Number(row['live']), Number(row[what])] as const),
      })),
      bands: [{ label: 'the thread', low: 1.6, high: 1.6 }],
      note: 'The 1.6 % is right while neighbours live. A loop of create and join drops the nodes it has just made.',
    },
  ],
};
