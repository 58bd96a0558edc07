// The experiment of the spawn_template RFC: its four rows from two fitted numbers, the row that does not
// fit, and how much of what was saved the template itself can have saved.

import { profileOn, simulatedMachine } from '../../machine.ts';
import { profileNamed, profileNames } from '../../profiles.ts';
import { answerClaims, type ClaimAnswer } from '../answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  Figure,
  Plot,
  PublishedClaim,
  RunContext,
} from '../experiment.ts';
import { profileAt, toUs } from '../spawning/timing.ts';
import { controlTimes, worthOfKept, type ControlTimes, type Worth } from './control.ts';
import { FITTED_ROWS, ROWS, usPerCall, type PublishedRow } from './published.ts';
import { callUs, fitRuntime, type RuntimeFit } from './runtime-fit.ts';

const RFC = 'Li Chen, "[RFC] spawn_template", v1, linux-kernel, 2026-05-28, cover letter';
const BASELINE = 'posix-spawn-2.39';

const gainOf = ({ subprocess, template }: PublishedRow): number =>
  100 * (template / subprocess - 1);

const claims: readonly PublishedClaim[] = [
  {
    id: 'template-saves-what-is-measured',
    text: 'The gain comes from what a template caches: the opened program, its identity and its headers.',
    source: RFC,
    published: 'the cache',
    unit: '',
  },
  ...ROWS.map((row): PublishedClaim => ({
    id: `gain-${row.name}`,
    text: `${row.workers} workers with ${row.inFlight} calls each in flight gain ${gainOf(row).toFixed(2)} %.`,
    source: RFC,
    published: Number(gainOf(row).toFixed(2)),
    unit: '%',
  })),
];

const columns: readonly Column[] = [
  { key: 'name', label: 'workers × in flight', unit: '', kind: 'varied' },
  { key: 'published', label: 'subprocess, published', unit: 'calls/s', kind: 'varied', digits: 2 },
  { key: 'subprocess', label: 'subprocess', unit: 'calls/s', kind: 'calibrated', digits: 2 },
  {
    key: 'publishedTemplate',
    label: 'template, published',
    unit: 'calls/s',
    kind: 'varied',
    digits: 2,
  },
  { key: 'template', label: 'template', unit: 'calls/s', kind: 'calibrated', digits: 2 },
  { key: 'saved', label: 'saved a call, published', unit: 'µs', kind: 'varied', digits: 1 },
  {
    key: 'spawn',
    label: 'posix_spawn in the same runtime',
    unit: 'calls/s',
    kind: 'predicted',
    digits: 2,
  },
  {
    key: 'kernelOnly',
    label: 'the kernel part of a template alone',
    unit: 'calls/s',
    kind: 'predicted',
    digits: 2,
  },
];

function run(context: RunContext): ExperimentResult {
  const machine = simulatedMachine(context.machine ?? spawnTemplate.machine);
  const named = profileNamed(context.profile ?? spawnTemplate.profiles[0]!);
  const profile = profileOn(machine, named);
  context.progress(0, 2, 'the two fitted numbers');
  const fit = fitRuntime();
  context.progress(1, 2, 'the control arm');
  const times = controlTimes(machine, profile);
  const worth = worthOfKept(machine, profile);
  const kernelUs = (times[BASELINE]! - times['spawn-template']!) / 1000;
  const band = (['low', 'high'] as const).map((end) => {
    const one = controlTimes(machine, profileAt(profile, end));
    return (one[BASELINE]! - one['spawn-template']!) / 1000;
  });
  return {
    experiment: spawnTemplate.name,
    seed: context.seed,
    machine: machine.name,
    profile: named.name,
    params: context.params,
    rows: ROWS.map((row) => rowOf(row, fit, kernelUs)),
    claims: answerClaims(claims, answers(fit, kernelUs)),
    counted: {
      'headers-saved': {
        value: 1,
        unit: 'tables a call',
        note: 'of ELF program headers; PT_INTERP is opened and read as always, and the path is walked and opened once more to compare',
      },
      ...keptFigures(worth),
    },
    calibrated: calibratedFigures(fit),
    predicted: predictedFigures(
      fit,
      times,
      kernelUs,
      [Math.min(...band), Math.max(...band)],
      worth,
    ),
  };
}

/** Of what is kept besides, in the words of the figures. */
const WORTH_NOTES: Readonly<Record<string, string>> = {
  'pt-interp': 'a call, if the interpreter were kept: a table of headers less, but it is compared',
  'library-graph':
    'a call, if the kernel mapped the libraries: the linker looks for none, each is compared',
  layout: 'a call, if a picture of the linked program were copied: nothing is left to link',
  sharing: 'once in a process, if it found a template of another one instead of making it',
};

/** What is kept besides changes how often something is done: less is negative. */
function keptFigures(kept: Readonly<Record<string, Worth>>): Record<string, Figure> {
  return Object.fromEntries(
    Object.entries(kept).map(([name, { changes }]) => [
      `changes-of-${name}`,
      {
        value: Object.values(changes).reduce((sum, count) => sum + Math.abs(count), 0),
        unit: 'steps a call',
        note: Object.entries(changes)
          .map(([figure, count]) => `${count > 0 ? '+' : '−'}${Math.abs(count)} ${figure}`)
          .join(', '),
      },
    ]),
  );
}

const savedPerCall = ({ subprocess, template }: PublishedRow): number =>
  usPerCall(subprocess) - usPerCall(template);

function predictedFigures(
  fitted: RuntimeFit,
  control: ControlTimes,
  saved: number,
  savedBand: readonly [number, number],
  kept: Readonly<Record<string, Worth>>,
): Record<string, Figure> {
  const us = (value: number, note: string): Figure => ({ value, unit: 'µs', note });
  const forked = control['fork-exec']! - control[BASELINE]!;
  return {
    'kernel-part': us(saved, `a template over ${BASELINE}, from the steps of both`),
    'kernel-part-band': {
      value: savedBand,
      unit: 'µs',
      note: 'the same with every figure at its low and at its high end',
    },
    'kernel-share': {
      value: (100 * saved) / fitted.savedUs,
      unit: '%',
      note: `of the ${fitted.savedUs.toFixed(1)} µs a call that were saved; the rest is launch glue of the runtime, which posix_spawn would save as well`,
    },
    'fork-instead': us(
      forked / 1000,
      `what a runtime of 64 MiB would save by leaving fork for ${BASELINE}`,
    ),
    'cpus-of-8x2': {
      value: fitted.savedUs / savedPerCall(ROWS[3]!),
      unit: 'CPUs',
      note: 'that share the saving in the last row, if CPUs bound it: 19 µs of wall time left of what was saved in each call',
    },
    ...Object.fromEntries(
      Object.entries(kept).map(([name, { savedNs }]) => [
        `worth-of-${name}`,
        us(toUs(savedNs), WORTH_NOTES[name]!),
      ]),
    ),
  };
}

function rowOf(row: PublishedRow, fit: RuntimeFit, kernelUs: number): Record<string, Cell> {
  const perSecond = (saved: number) => 1e6 / callUs(fit, row.workers, saved);
  return {
    name: row.name,
    published: row.subprocess,
    subprocess: perSecond(0),
    publishedTemplate: row.template,
    template: perSecond(fit.savedUs),
    saved: savedPerCall(row),
    // posix_spawn has the launch glue of a template, and none of its kernel part.
    spawn: perSecond(fit.savedUs - kernelUs),
    kernelOnly: perSecond(kernelUs),
  };
}

function calibratedFigures(fit: RuntimeFit): Record<string, Figure> {
  const rows = FITTED_ROWS.map(({ name }) => name).join(', ');
  return {
    'dispatcher-serial': {
      value: fit.dispatcherUs,
      unit: 'µs',
      note: `of each call in which only one worker makes progress, fitted to the baseline of ${rows}`,
    },
    'saved-a-call': {
      value: fit.savedUs,
      unit: 'µs',
      note: `off that part by a template, fitted to both columns of ${rows}`,
    },
    'worker-part': {
      value: fit.workerUs,
      unit: 'µs',
      note: 'what the first row leaves; divided by the number of workers',
    },
  };
}

/** Gains within this much are the same, in percent of throughput. */
const TOLERANCE = 0.5;

function answers(fit: RuntimeFit, kernelUs: number): Readonly<Record<string, ClaimAnswer>> {
  const share = kernelUs / fit.savedUs;
  const gains = ROWS.map((row): [string, ClaimAnswer] => {
    const gain = 100 * (callUs(fit, row.workers) / callUs(fit, row.workers, fit.savedUs) - 1);
    return [
      `gain-${row.name}`,
      {
        model: Number(gain.toFixed(2)),
        holds: Math.abs(gain - gainOf(row)) < TOLERANCE,
        kind: FITTED_ROWS.includes(row) ? 'calibrated' : 'predicted',
      },
    ];
  });
  return {
    ...Object.fromEntries(gains),
    'template-saves-what-is-measured': {
      model: `${Math.round(100 * share)} % of it; the rest posix_spawn saves too`,
      holds: share > 0.5,
      kind: 'predicted',
    },
  };
}

function plots(result: ExperimentResult): readonly Plot[] {
  const curve = (name: string, key: string) => ({
    name,
    points: result.rows.map((row, at) => [ROWS[at]!.workers, Number(row[key])] as const),
  });
  return [
    {
      title: 'Calls a second of the RFC’s four rows',
      x: { label: 'workers; 16 calls in flight together', unit: '' },
      y: { label: 'throughput', unit: 'calls/s' },
      series: [
        curve('subprocess', 'subprocess'),
        curve('template', 'template'),
        curve('kernel part of a template alone', 'kernelOnly'),
        curve('subprocess, published', 'published'),
        curve('template, published', 'publishedTemplate'),
      ],
      bands: ROWS.map((row) => ({
        label: row.name,
        low: row.subprocess,
        high: row.template,
        x: row.workers,
      })),
      note: 'Two numbers carry the first three rows. With eight workers the machine has no CPU left, which neither of them knows; what a template saves in the kernel cannot be seen at this scale.',
    },
  ];
}

/** The experiment. */
export const spawnTemplate: Experiment = {
  name: 'spawn-template',
  title: 'The rows of the spawn_template RFC, and the control arm it lacks',
  claims,
  parameters: [],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 1,
  run,
  plots,
};
