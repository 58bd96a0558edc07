// The cost profile of all experiments: what a server of the years around 2025 takes for the things
// the paths count. Line transfers between CPUs are not here; they belong to a machine.

import type { CostProfile, Figure, Provenance } from '../cost-profile.ts';
import { SPAWN_FIGURES } from './spawn-figures.ts';

const figure =
  (unit: Figure['unit'], provenance: Provenance) =>
  (value: number, [low, high]: readonly [number, number], source: string): Figure => ({
    value,
    unit,
    low,
    high,
    provenance,
    source,
  });

const publishedNs = figure('ns', 'published');
const measuredNs = figure('ns', 'measured');
const estimatedNs = figure('ns', 'estimated');
const estimatedCount = figure('count', 'estimated');
const estimatedRatio = figure('ratio', 'estimated');

const RADIX_BENCH =
  "Linux 6.12's lib/idr.c and lib/radix-tree.c compiled in user space with gcc -O2, AMD EPYC, 2 vCPU: " +
  'alloc + remove of one id 32 ns (random) to 80 ns (same id) without a lock, a second hold with ' +
  'replace 13 ns more';
const STRUCTURE_BENCH =
  'the same kind of run with other structures, a random live id replaced, lock and call included, lines ' +
  'in the cache; split between the calls by the work in each';
const THREAD_LOOP =
  'pthread_create + join in a loop on one CPU, AMD EPYC, 2 vCPU KVM guest, Linux 6.18: 18.7 µs a pair ' +
  '(will-it-scale loop, 2 s samples) and 24.4 µs (median of half-second samples); halved between ' +
  'creation and exit; the low end assumes a machine without a hypervisor';

const FORK_LOOP =
  'fork + _exit + wait of a small process in a loop on one CPU, same machine: 309 µs a pair; halved between ' +
  'the two; the low end is 13 300 pairs/s on two CPUs';

/** Costs of a server around 2025, each with its interval and source. */
export const SERVER_2025: CostProfile = {
  name: 'server-2025',
  description:
    'A two-socket class server around 2025; figures published, measured on a small guest, or estimated',
  figures: {
    'line.hit': publishedNs(
      1.2,
      [0.8, 1.6],
      'L1 hit of 4 cycles at 2.6 to 5 GHz (AnandTech, EPYC Rome review, p. 7)',
    ),
    'line.memory': publishedNs(
      90,
      [70, 134],
      'local DRAM: 89 ns two-socket Xeon SP (qdpma.com), 69.6 ns Xeon E-2388G (MLC), 134 ns EPYC Rome NPS1 (AnandTech)',
    ),
    'line.overlap': estimatedRatio(
      0.7,
      [0, 1],
      'misses on several lines of one node are independent of each other and an out-of-order core keeps ten and more under way; how much of that a short critical section can use is a guess',
    ),
    'transfer.contention': estimatedRatio(
      1,
      [1, 3],
      'line transfers as measured between two idle CPUs; what contention adds is the unknown that an experiment may fit',
    ),
    'lock.atomic': estimatedNs(
      5,
      [4, 10],
      'a locked instruction on a line in L1, about 20 cycles; CAS between SMT siblings 4.3 to 10 ns (core-to-core-latency, nviennot)',
    ),
    'lock.handover-transfers': estimatedCount(
      2,
      [1.5, 3],
      'queued lock: the waiter sees the released word, then takes it: two transfers (Boyd-Wickizer et al., OLS 2012, for MCS)',
    ),
    'lock.ticket-share': estimatedRatio(
      0.5,
      [0.5, 1],
      'the next owner is served in the middle of the waiters on average (Boyd-Wickizer et al., OLS 2012)',
    ),
    'slab.alloc': estimatedNs(
      20,
      [10, 60],
      'SLUB fast path, one local compare-and-exchange and an accounting hook',
    ),
    'slab.free': estimatedNs(20, [10, 60], 'SLUB fast path'),
    'slab.sheaf': estimatedNs(
      6,
      [3, 15],
      'an allocation that a per-CPU array of objects serves: an index and a pointer on lines the CPU has, under a local lock (Linux 6.18, mm/slub.c)',
    ),
    'slab.barn': estimatedNs(
      30,
      [15, 80],
      'swapping a full array of objects for an empty one in the list of a node, without its lock',
    ),
    'irq.off': estimatedNs(
      3,
      [1, 10],
      'saving and clearing the interrupt flag and restoring it; virtual machines pay more',
    ),
    'pid.take': measuredNs(30, [15, 60], `${RADIX_BENCH}; the larger half`),
    'pid.publish': measuredNs(8, [4, 20], `${RADIX_BENCH}; less the trip itself`),
    'pid.remove': measuredNs(25, [12, 50], `${RADIX_BENCH}; the smaller half`),
    'pid.xarray.take': measuredNs(38, [20, 70], `${STRUCTURE_BENCH}; XArray, 64 to 81 ns a pair`),
    'pid.xarray.publish': measuredNs(12, [6, 25], `${STRUCTURE_BENCH}; a store over a reservation`),
    'pid.xarray.remove': measuredNs(26, [15, 50], `${STRUCTURE_BENCH}; the smaller half`),
    'pid.bitmap.take': measuredNs(5, [3, 12], `${STRUCTURE_BENCH}; bitmap and hash, 14 ns a pair`),
    'pid.bitmap.publish': measuredNs(4, [2, 10], `${STRUCTURE_BENCH}; the hash's part`),
    'pid.bitmap.remove': measuredNs(6, [3, 14], `${STRUCTURE_BENCH}; bitmap and hash`),
    'pid.ranges.take': measuredNs(5, [3, 12], `${STRUCTURE_BENCH}; ranges, 17 ns a pair`),
    'pid.ranges.publish': measuredNs(3, [2, 8], `${STRUCTURE_BENCH}; a store in the range`),
    'pid.ranges.remove': measuredNs(8, [4, 16], `${STRUCTURE_BENCH}; ranges, the lookup included`),
    'pidfs.add': estimatedNs(
      30,
      [10, 80],
      'insertion into a red-black tree of some hundred nodes, lines apart: about eight comparisons and a rebalancing',
    ),
    'pidfs.remove': estimatedNs(30, [10, 80], 'removal from the same tree'),
    'pidfs.add-unlocked': estimatedNs(
      60,
      [20, 150],
      'insertion into a resizable hash table outside the lock',
    ),
    'pidfs.remove-unlocked': estimatedNs(60, [20, 150], 'removal from the same table'),
    'thread.create': measuredNs(9_350, [6_000, 12_200], THREAD_LOOP),
    'thread.exit': measuredNs(9_350, [6_000, 12_200], THREAD_LOOP),
    'process.create': measuredNs(154_000, [75_000, 161_000], FORK_LOOP),
    'process.exit': measuredNs(154_000, [75_000, 161_000], FORK_LOOP),
    'tasklist.hold': estimatedNs(
      150,
      [60, 400],
      'linking a task into or out of a handful of lists, each entry on a line of its own (Linux 6.18, kernel/fork.c and kernel/exit.c)',
    ),
    'css-set.hold': estimatedNs(
      60,
      [25, 200],
      "counting a task in its css_set and moving it on the set's list (Linux 6.18, kernel/cgroup/cgroup.c)",
    ),
    'random.hold': estimatedNs(
      30,
      [10, 100],
      'mixing a few words into the input pool (Linux 6.18, drivers/char/random.c)',
    ),
    ...SPAWN_FIGURES,
  },
};
