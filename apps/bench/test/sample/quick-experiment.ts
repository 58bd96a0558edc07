// An experiment that takes no time, for tests of sweeps: the files of real ones look like this.
import type { Experiment } from '../../src/index.ts';

/** A made-up lock. */
export const experiment: Experiment = {
  name: 'quick',
  title: 'A lock that answers at once',
  claims: [],
  parameters: [
    {
      name: 'cpuCount',
      description: 'how many CPUs take part',
      unit: 'CPUs',
      default: 4,
      bounds: { min: 1, max: 1000 },
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
      name: 'spinCount',
      description: 'turns of a loop that does nothing',
      unit: '',
      default: 1000,
      bounds: { min: 0, max: 1e9 },
      integer: true,
    },
    {
      name: 'lock',
      description: 'its kind',
      unit: '',
      default: 'ticket',
      choices: ['ticket', 'mcs'],
    },
  ],
  machine: 'small',
  profiles: ['paper'],
  columns: [],
  seconds: 0,
  run({ seed, machine, profile, params }) {
    const [cpuCount, holdShare] = [Number(params['cpuCount']), Number(params['holdShare'])];
    let spin = 0;
    for (let i = 0; i < Number(params['spinCount']); i++) spin = (spin * 31 + i) % 1009;
    const peak = cpuCount / (1 + holdShare * cpuCount) + (seed % 97) + (spin < 0 ? 1 : 0);
    return {
      experiment: 'quick',
      seed,
      machine: machine ?? 'small',
      profile: profile ?? 'paper',
      params,
      rows: [],
      claims: [],
      counted: { trips: { value: 2 * cpuCount, unit: 'trips', note: 'counted' } },
      calibrated: {},
      predicted: { peak: { value: peak, unit: 'ops/s', note: 'predicted' } },
    };
  },
  plots: () => [],
  scaling: ({ params }) => [
    {
      name: 'quick',
      rows: [{ tasks: 1, threads: { perSecond: Number(params['cpuCount']), idlePercent: 0 } }],
    },
  ],
};
