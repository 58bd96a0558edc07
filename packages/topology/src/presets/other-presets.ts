// Servers with Arm and POWER processors.
import { GPU_MEMORY, KUNPENG_DRAM, POWER9_DRAM } from './memory-figures.ts';
import type { Preset } from './preset.ts';
import { KUNPENG_TRANSFERS, POWER9_TRANSFERS } from './transfer-figures.ts';

const GPU_NODES = 6;

export const OTHER_PRESETS: readonly Preset[] = [
  {
    name: 'kunpeng-2s',
    description: 'two Kunpeng 920 of two dies each, 32 cores a die in clusters of four',
    layout:
      'pack:2 l3:2(size=32MiB) [numa(memory=64GiB)] group:8 l2:4(size=512KiB) ' +
      'l1d:1(size=64KiB) l1i:1(size=64KiB) core:1 pu:1',
    distances: [
      [10, 16, 32, 33],
      [16, 10, 25, 32],
      [32, 25, 10, 16],
      [33, 32, 16, 10],
    ],
    distancesSource: 'published `numactl -H` of 2-socket Kunpeng 920: 10/16/25/32/33',
    memory: Array.from({ length: 4 }, () => KUNPENG_DRAM),
    transfers: KUNPENG_TRANSFERS,
  },
  {
    name: 'power9-gpu',
    description: 'two POWER9 of 22 cores, four threads each, and six GPUs whose memory is nodes',
    layout:
      'pack:2 [numa(memory=256GiB indexes=0,250,251,252,8,253,254,255)] [numa(memory=16GiB)] ' +
      '[numa(memory=16GiB)] [numa(memory=16GiB)] l3:11(size=10MiB) l2:1(size=512KiB) ' +
      'l1d:2(size=32KiB) l1i:1(size=32KiB) core:1 pu:4',
    distances: Array.from({ length: 2 + GPU_NODES }, (_, a) =>
      Array.from({ length: 2 + GPU_NODES }, (__, b) => (a === b ? 10 : a < 2 && b < 2 ? 40 : 80)),
    ),
    distancesSource: 'published `numactl -H` of IBM AC922: 10/40/80, node ids from 255 downwards',
    memory: [POWER9_DRAM, POWER9_DRAM, ...Array.from({ length: GPU_NODES }, () => GPU_MEMORY)],
    transfers: POWER9_TRANSFERS,
  },
];
