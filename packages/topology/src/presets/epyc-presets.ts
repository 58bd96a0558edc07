// Machines with AMD processors.
import { DESKTOP_DRAM, epycDram } from './memory-figures.ts';
import type { Preset } from './preset.ts';
import { EPYC_TRANSFERS, RYZEN_TRANSFERS } from './transfer-figures.ts';

const ZEN3_L1 = 'l1d:1(size=32KiB) l1i:1(size=32KiB) core:1';

export const EPYC_PRESETS: readonly Preset[] = [
  {
    name: 'desktop',
    description: 'one Ryzen 9 7950X: two chiplets of 8 cores, two threads each, one node',
    layout:
      'pack:1 [numa(memory=64GiB)] l3:2(size=32MiB) l2:8(size=1MiB) ' +
      `${ZEN3_L1} pu:2(indexes=2*16:1*2)`,
    distances: [[10]],
    distancesSource: 'one node',
    memory: [DESKTOP_DRAM],
    transfers: RYZEN_TRANSFERS,
  },
  {
    name: 'epyc-1s-24',
    description: 'one EPYC 7413: four chiplets of 6 cores, one thread each',
    layout: `pack:1 [numa(memory=256GiB)] l3:4(size=32MiB) l2:6(size=512KiB) ${ZEN3_L1} pu:1`,
    distances: [[10]],
    distancesSource: 'one node',
    memory: [epycDram(8)],
    transfers: EPYC_TRANSFERS,
  },
  {
    name: 'epyc-2s-nps1',
    description: 'two EPYCs 7763: eight chiplets of 8 cores each, two threads, one node a socket',
    layout:
      'pack:2 [numa(memory=256GiB)] l3:8(size=32MiB) l2:8(size=512KiB) ' +
      `${ZEN3_L1} pu:2(indexes=2*128:1*2)`,
    distances: [
      [10, 32],
      [32, 10],
    ],
    distancesSource: 'published `numactl -H` of two EPYCs 9375F in NPS1: 10/32',
    memory: [epycDram(8), epycDram(8)],
    transfers: EPYC_TRANSFERS,
  },
  {
    name: 'epyc-2s-nps4',
    description: 'two EPYCs 7763, each cut into four nodes of two chiplets',
    layout:
      'pack:2 group:4 [numa(memory=64GiB)] l3:2(size=32MiB) l2:8(size=512KiB) ' +
      `${ZEN3_L1} pu:2(indexes=2*128:1*2)`,
    distances: Array.from({ length: 8 }, (_, a) =>
      Array.from({ length: 8 }, (__, b) => (a === b ? 10 : a >> 2 === b >> 2 ? 12 : 32)),
    ),
    distancesSource: 'our own choice: 10 local, 12 within a socket, 32 to the other',
    memory: Array.from({ length: 8 }, () => epycDram(2)),
    transfers: EPYC_TRANSFERS,
  },
];
