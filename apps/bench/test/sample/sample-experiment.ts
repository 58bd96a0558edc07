// A small experiment for tests of the command and the report: a made-up lock whose throughput bends.
import type { Experiment, ExperimentResult } from '../../src/experiments/experiment.ts';

function run({ seed, machine, profile, params, progress }: Parameters<Experiment['run']>[0]) {
  const cpuCount = Number(params['cpuCount']);
  const rows = Array.from({ length: cpuCount }, (_, index) => {
    progress(index, cpuCount, 'counting');
    const cpus = index + 1;
    return {
      cpus,
      lock: String(params['lock']),
      opsPerSecond: (1e6 * cpus) / (1 + cpus / 8) + (seed % 7),
      trips: 2 * cpus,
    };
  });
  return {
    experiment: 'sample-lock',
    seed,
    machine: machine ?? 'small',
    profile: profile ?? 'paper',
    params,
    rows,
    claims: [
      {
        id: 'peak',
        source: 'A. Author, "On <locks> & more", 2020',
        published: [1e6, 2e6],
        model: 1.5e6,
        ratio: 1,
        holds: true,
        kind: 'predicted',
      },
      {
        id: 'trips',
        source: 'A. Author, 2020',
        published: 3,
        model: 2,
        ratio: 2 / 3,
        holds: false,
        kind: 'counted',
      },
    ],
    counted: { 'trips-per-pair': { value: 2, unit: 'trips', note: 'over all pairs' } },
    calibrated: { hold: { value: 400, unit: 'ns', note: 'fitted to 465 k ops/s' } },
    predicted: { peak: { value: [1.2e6, 1.8e6], unit: 'ops/s', note: 'over the intervals' } },
  } satisfies ExperimentResult;
}

/** The experiment. */
export const sampleExperiment: Experiment = {
  name: 'sample-lock',
  title: 'A sample lock under more and more CPUs',
  claims: [
    {
      id: 'peak',
      text: 'It peaks between one and two million.',
      source: 'A. Author, "On <locks> & more", 2020',
      published: [1e6, 2e6],
      unit: 'ops/s',
    },
    {
      id: 'trips',
      text: 'Three trips a pair.',
      source: 'A. Author, 2020',
      published: 3,
      unit: 'trips',
    },
  ],
  parameters: [
    {
      name: 'cpuCount',
      description: 'how many CPUs take part',
      unit: 'CPUs',
      default: 4,
      bounds: { min: 1, max: 64 },
      integer: true,
    },
    {
      name: 'holdShare',
      description: 'part of the time the lock is held',
      unit: '',
      default: 0.5,
      bounds: { min: 0, max: 1 },
    },
    {
      name: 'lock',
      description: 'kind of lock',
      unit: '',
      default: 'ticket',
      choices: ['ticket', 'mcs', 'queued'],
    },
    { name: 'padded', description: 'a line of its own', unit: '', default: false },
  ],
  machine: 'small',
  profiles: ['paper', 'measured'],
  columns: [
    { key: 'cpus', label: 'CPUs', unit: '', kind: 'varied' },
    { key: 'lock', label: 'lock', unit: '', kind: 'varied' },
    { key: 'opsPerSecond', label: 'throughput', unit: 'ops/s', kind: 'predicted' },
    { key: 'trips', label: 'lock trips', unit: '', kind: 'counted' },
  ],
  seconds: 1,
  run,
  plots: ({ rows }) => [
    {
      title: 'Throughput over CPUs',
      x: { label: 'CPUs', unit: '' },
      y: { label: 'throughput', unit: 'ops/s' },
      series: ['ticket', 'mcs'].map((name, index) => ({
        name,
        points: rows.map((row) => [
          Number(row['cpus']),
          Number(row['opsPerSecond']) * (1 + index / 10),
        ]),
        band: rows.map((row) => [
          Number(row['cpus']),
          Number(row['opsPerSecond']) * 0.9,
          Number(row['opsPerSecond']) * 1.1,
        ]),
      })),
      bands: [
        { label: 'published 1 to 2 M', low: 1e6, high: 2e6 },
        { label: 'stock', low: 5e5, high: 5e5 },
        { label: 'at 4', low: 1.1e6, high: 1.6e6, x: 4 },
      ],
      note: 'It bends where the lock saturates.',
    },
  ],
  scaling: ({ rows }) => [
    {
      name: 'sample-lock-stock',
      rows: rows.map((row) => ({
        tasks: Number(row['cpus']),
        processes: { perSecond: Number(row['opsPerSecond']), idlePercent: 12.345 },
      })),
    },
  ],
};
