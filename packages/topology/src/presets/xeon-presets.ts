// Servers with Intel processors.
import { CXL, HBM, OPTANE, SAPPHIRE_RAPIDS_DRAM, xeonDram } from './memory-figures.ts';
import type { Preset } from './preset.ts';
import { XEON_TRANSFERS } from './transfer-figures.ts';

const XEON_SLIT = 'published `numactl -H` of 2-socket Xeons: 10/21';
const CASCADE_LAKE_CORE = 'l2:1(size=1MiB) l1d:1(size=32KiB) l1i:1(size=32KiB) core:1';
const ICE_LAKE_CORE = 'l2:1(size=1280KiB) l1d:1(size=48KiB) l1i:1(size=32KiB) core:1';

/** Replaces the ":1" of a core's outermost cache, so that `count` cores follow. */
const cores = (count: number, core: string) => core.replace(':1', `:${count}`);

export const XEON_PRESETS: readonly Preset[] = [
  {
    name: 'xeon-1s-24',
    description: 'one Xeon Platinum 8275CL: 24 cores on a mesh, one thread each',
    layout: `pack:1 [numa(memory=192GiB)] l3:1(size=36608KiB) ${cores(24, CASCADE_LAKE_CORE)} pu:1`,
    distances: [[10]],
    distancesSource: 'one node',
    memory: [xeonDram(6)],
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'xeon-1s-smt-24',
    description: 'one Xeon of Cascade Lake: 12 cores on a mesh, two threads each',
    layout:
      `pack:1 [numa(memory=192GiB)] l3:1(size=19712KiB) ${cores(12, CASCADE_LAKE_CORE)} ` +
      'pu:2(indexes=2*12:1*2)',
    distances: [[10]],
    distancesSource: 'one node',
    memory: [xeonDram(6)],
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'xeon-2s-24',
    description: 'two Xeons E5-2680 v3: 12 cores each on a ring, one thread each',
    layout:
      'pack:2 [numa(memory=64GiB)] l3:1(size=30MiB) l2:12(size=256KiB) ' +
      'l1d:1(size=32KiB) l1i:1(size=32KiB) core:1 pu:1',
    distances: [
      [10, 21],
      [21, 10],
    ],
    distancesSource: XEON_SLIT,
    memory: [xeonDram(4), xeonDram(4)],
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'xeon-2s',
    description: 'two Xeons Platinum 8375C: 32 cores each on a mesh, two threads each',
    layout:
      `pack:2 [numa(memory=256GiB)] l3:1(size=54MiB) ${cores(32, ICE_LAKE_CORE)} ` +
      'pu:2(indexes=2*64:1*2)',
    distances: [
      [10, 21],
      [21, 10],
    ],
    distancesSource: XEON_SLIT,
    memory: [xeonDram(8), xeonDram(8)],
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'xeon-snc2-pmem',
    description:
      'two Xeons of Cascade Lake, 20 cores each in two sub-NUMA clusters, ' +
      'and a node of persistent memory a socket',
    layout:
      'pack:2 [numa(memory=768GiB)] l3:1(size=28160KiB) group:2 ' +
      '[numa(memory=96GiB indexes=0,1,4,2,3,5)] ' +
      `${cores(10, CASCADE_LAKE_CORE)} pu:2(indexes=2*40:1*2)`,
    distances: [
      [10, 11, 21, 21, 17, 28],
      [11, 10, 21, 21, 17, 28],
      [21, 21, 10, 11, 28, 17],
      [21, 21, 11, 10, 28, 17],
      [17, 17, 28, 28, 10, 28],
      [28, 28, 17, 17, 28, 10],
    ],
    distancesSource:
      'values 10/11/17/21/28 of a resource manager’s test topology; one node of persistent ' +
      'memory a socket is our choice',
    memory: [xeonDram(3), xeonDram(3), xeonDram(3), xeonDram(3), OPTANE, OPTANE],
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'xeon-8s-ladder',
    description: 'eight sockets of 24 cores in a ladder, two threads each',
    layout:
      `pack:8 [numa(memory=384GiB)] l3:1(size=36608KiB) ${cores(24, CASCADE_LAKE_CORE)} ` +
      'pu:2(indexes=2*192:1*2)',
    distances: ladder(8),
    distancesSource: 'our own choice: 10 local, 16 to a neighbour in the ladder, 22 beyond',
    memory: Array.from({ length: 8 }, () => xeonDram(6)),
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'cxl-2s',
    description: 'two Xeons of 32 cores and a CXL memory expander behind each',
    layout:
      'pack:2 [numa(memory=256GiB indexes=0,2,1,3)] [numa(memory=256GiB)] l3:1(size=54MiB) ' +
      `${cores(32, ICE_LAKE_CORE)} pu:2(indexes=2*64:1*2)`,
    distances: [
      [10, 21, 14, 24],
      [21, 10, 24, 14],
      [14, 24, 10, 26],
      [24, 14, 26, 10],
    ],
    distancesSource: 'our own choice: 14 to the near expander, 24 to the far one',
    memory: [xeonDram(8), xeonDram(8), CXL, CXL],
    transfers: XEON_TRANSFERS,
  },
  {
    name: 'xeon-max-hbm',
    description: 'two Xeons Max 9460, 40 cores each, on-package memory as nodes of its own',
    layout:
      'pack:2 [numa(memory=256GiB indexes=0,2,1,3)] [numa(memory=64GiB)] l3:1(size=99840KiB) ' +
      'l2:40(size=2MiB) l1d:1(size=48KiB) l1i:1(size=32KiB) core:1 pu:2(indexes=2*80:1*2)',
    distances: [
      [10, 21, 13, 23],
      [21, 10, 23, 13],
      [13, 23, 10, 23],
      [23, 13, 23, 10],
    ],
    distancesSource: 'our own choice: 13 to the near on-package memory, 23 to the far one',
    memory: [SAPPHIRE_RAPIDS_DRAM, SAPPHIRE_RAPIDS_DRAM, HBM, HBM],
    transfers: XEON_TRANSFERS,
  },
];

/** Sockets in two rows: neighbours are next in the row or opposite. */
function ladder(sockets: number): number[][] {
  const isNeighbour = (a: number, b: number) =>
    (a ^ b) === 1 || (Math.abs(a - b) === 2 && a % 2 === b % 2);
  return Array.from({ length: sockets }, (_, a) =>
    Array.from({ length: sockets }, (__, b) => (a === b ? 10 : isNeighbour(a, b) ? 16 : 22)),
  );
}
