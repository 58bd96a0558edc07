// An experiment of one's own that mixes two allocators: the host's processes get their pids from one design,
// those of its containers from another. Run it with `forkless run ./mixed-allocators.ts`.

import {
  DesignRegistry,
  PID_KERNELS,
  PidNamespaces,
  type Pid,
  type PidNamespace,
} from '@forkless/pid';
import {
  compileForever,
  done,
  nsToPs,
  path,
  PS_PER_SECOND,
  SERVER_2025,
  Simulation,
  uniformDistance,
  wait,
  withFigures,
} from '@forkless/sim';
import type { Experiment } from 'forkless';

const designs = new DesignRegistry();

/** Who hands out pids on the host, and who in its containers. */
const ARMS = [
  { key: 'kernel', host: 'idr', containers: 'idr' },
  { key: 'mixed', host: 'bitmap-hash', containers: 'idr' },
  { key: 'mixed the other way', host: 'idr', containers: 'bitmap-hash' },
  { key: 'proposed', host: 'bitmap-hash', containers: 'bitmap-hash' },
];

/** The pids of a machine: the first namespace made is the host's. */
function pidsOf({ host, containers }: (typeof ARMS)[number], cpuCount: number): PidNamespaces {
  let isHost = true;
  return new PidNamespaces({
    allocator(end) {
      const design = designs.get(isHost ? host : containers);
      isHost = false;
      return design.create<Pid>({ end, cpuCount, notesTraffic: true });
    },
    kernel: PID_KERNELS['7.0'],
    possibleCpuCount: cpuCount,
  });
}

/** Every constant comes with a unit, an interval and a source; this machine is a flat one of our own. */
const flat = {
  ...SERVER_2025.figures['line.memory']!,
  value: 100,
  low: 60,
  high: 200,
  source: 'this example',
};
const profile = withFigures(
  { ...SERVER_2025, figures: { ...SERVER_2025.figures, 'transfer.any': flat } },
  {},
);

/** CPUs that make and end processes in one container. */
function race(arm: (typeof ARMS)[number], cpuCount: number, measuredNs: number, seed: number) {
  const pids = pidsOf(arm, cpuCount);
  pids.alloc({ namespace: pids.initial });
  const namespace = pids.createNamespace(pids.initial) as PidNamespace;
  pids.alloc({ namespace });
  const pair = path(
    'make and end a process',
    wait('clone, less its pid', 'process.create', 'uniform'),
    pids.allocPath(1),
    wait('run and exit, less its pid', 'process.exit', 'uniform'),
    pids.freePath(1),
    done('pair'),
  );
  const simulation = new Simulation({
    cpuCount,
    program: compileForever(pair),
    state: () => pids.call({ namespace }),
    profile,
    distances: uniformDistance('any'),
    locks: pids.locks,
    seed,
  });
  simulation.run({ untilPs: nsToPs(measuredNs) });
  const { lines, slabs, done: pairs } = simulation.ledger();
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const moved = sum(Object.values(lines).flatMap(({ transfers }) => Object.values(transfers)));
  const objects = sum(slabs.map(({ allocs }) => allocs));
  const seconds = nsToPs(measuredNs) / PS_PER_SECOND;
  return { perSecond: pairs / seconds, lines: moved / pairs, objects: objects / pairs };
}

/** The one export that `forkless run` looks for. */
export const experiment: Experiment = {
  name: 'mixed-allocators',
  title: 'One allocator on the host, another in its containers',
  claims: [],
  parameters: [
    {
      name: 'cpuCount',
      description: 'CPUs that make and end processes in a container',
      unit: 'CPUs',
      default: 64,
      bounds: { min: 1, max: 128 },
      integer: true,
    },
    {
      name: 'measuredMs',
      description: 'simulated time',
      unit: 'ms',
      default: 20,
      bounds: { min: 0.1, max: 100 },
    },
  ],
  machine: 'none',
  profiles: [SERVER_2025.name],
  columns: [
    { key: 'arm', label: 'arm', unit: '', kind: 'varied' },
    { key: 'host', label: 'host', unit: '', kind: 'varied' },
    { key: 'containers', label: 'containers', unit: '', kind: 'varied' },
    { key: 'lines', label: 'lines moved a pair', unit: 'lines', kind: 'counted' },
    { key: 'objects', label: 'objects a pair', unit: 'objects', kind: 'counted' },
    { key: 'perSecond', label: 'pairs', unit: 'pairs/s', kind: 'predicted' },
  ],
  seconds: 2,
  run({ seed, params, progress }) {
    const cpuCount = Number(params['cpuCount']);
    const measuredNs = Number(params['measuredMs']) * 1e6;
    const rows = ARMS.map((arm, at) => {
      progress(at, ARMS.length, arm.key);
      const { perSecond, lines, objects } = race(arm, cpuCount, measuredNs, seed);
      return {
        arm: arm.key,
        host: arm.host,
        containers: arm.containers,
        lines,
        objects,
        perSecond,
      };
    });
    return {
      experiment: 'mixed-allocators',
      seed,
      machine: 'none',
      profile: SERVER_2025.name,
      params,
      rows,
      claims: [],
      counted: {},
      calibrated: {},
      predicted: {},
    };
  },
  plots: () => [],
};
