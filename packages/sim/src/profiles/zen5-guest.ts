// The machine of the recorded spawn costs, as a profile: what 199 parents of varied size took there, fitted
// as `forkless host calibrate` fits what it measures itself. What was not measured there is as in
// server-2025.

import type { CostProfile, Figure } from '../cost-profile.ts';
import { SERVER_2025 } from './server-2025.ts';

const GUEST =
  'AMD EPYC (Zen 5), KVM guest with 2 vCPU, Linux 6.18.44, glibc 2.36, SCHED_FIFO, medians';

type Row = readonly [value: number, low: number, high: number, parent: string];

/** Each from the parent that is named last, after those above it. */
const ns: Readonly<Record<string, Row>> = {
  'host.vfork': [44600, 40000, 58700, 'vfork-exit static, 1 MiB fresh'],
  'host.exec': [57100, 50000, 78900, 'vfork static, 1 MiB fresh'],
  'host.exec-dynamic': [414100, 396700, 489500, 'vfork dynamic, 1 MiB fresh'],
  'host.posix-spawn': [22900, 15200, 61800, 'posix-spawn static, 1 MiB fresh'],
  'host.fork': [63700, 58860, 77890, 'fork-exit static'],
  'host.fork-exit': [93000, 81100, 127900, 'fork-exit static'],
  'fork.page': [63.34, 61.62, 65.61, 'fork-exit static, 64 MiB fresh'],
  'exit.page': [71.24, 67.57, 76.12, 'fork-exit static, 64 MiB fresh'],
  'fork.huge-page': [625.8, 591.1, 729.8, 'fork-exit static, 1024 MiB huge'],
  'exit.huge-page': [552.9, 484.4, 758.8, 'fork-exit static, 1024 MiB huge'],
  'fork.vma': [298.6, 287, 320.9, 'fork-exit static, 1 MiB fresh, 1000 mappings'],
  'exit.vma': [299.6, 275.4, 346.1, 'fork-exit static, 1 MiB fresh, 1000 mappings'],
  'fork.anon-vma': [622.7, 595.1, 660.9, 'fork-exit static, 1 MiB fresh, 1000 mappings touched'],
  'exit.anon-vma': [485.5, 432.8, 558.4, 'fork-exit static, 1 MiB fresh, 1000 mappings touched'],
  'fd.copy': [6.199, 5.91, 7.402, 'fork-exit static, 1 MiB fresh, 10000 files'],
  'fd.close-on-exec': [83.71, 81.71, 89.18, 'vfork static, 1 MiB fresh, 10000 files'],
  'fd.close': [52.41, 50.55, 57.97, 'vfork static, 1 MiB fresh, 10000 files inherited'],
  'fd.close-range': [94.11, 91.66, 100.6, 'vfork-close static, 1 MiB fresh, 10000 files'],
  'host.own-table': [0, 0, 12100, 'vfork-own-table static, 1 MiB fresh, 10000 files'],
  'host.thread': [27190, 15920, 38250, 'fork-exit static, 64 MiB fresh, 16 threads'],
};

/** How much dearer a page or a mapping is in a walk of that size or after that history. */
const ratios: Readonly<Record<string, Row>> = {
  'host.walk-fresh-16': [1.012, 0.9604, 1.128, 'fork-exit static, 16 MiB fresh'],
  'host.walk-fresh-64': [1, 0.9727, 1.036, 'fork-exit static, 64 MiB fresh'],
  'host.walk-fresh-256': [0.9679, 0.945, 0.9965, 'fork-exit static, 256 MiB fresh'],
  'host.walk-fresh-768': [0.9865, 0.9713, 1.008, 'fork-exit static, 1024 MiB fresh'],
  'host.walk-rewritten-16': [1.932, 1.811, 2.068, 'fork static, 16 MiB rewritten'],
  'host.walk-rewritten-64': [1.646, 1.567, 1.802, 'fork static, 64 MiB rewritten'],
  'host.walk-rewritten-256': [1.465, 1.44, 1.492, 'fork static, 256 MiB rewritten'],
  'host.walk-mappings': [1.227, 1.18, 1.301, 'fork-exit static, 1 MiB fresh, 10000 mappings'],
  'host.walk-mappings-touched': [
    1.333,
    1.213,
    1.482,
    'fork-exit static, 1 MiB fresh, 10000 mappings touched',
  ],
  'host.cold-vfork': [0.8913, 0.7396, 1.144, 'vfork static, 256 MiB rewritten'],
};

function measured(unit: Figure['unit'], rows: Readonly<Record<string, Row>>) {
  return Object.fromEntries(
    Object.entries(rows).map(([name, [value, low, high, parent]]): [string, Figure] => [
      name,
      { value, unit, low, high, provenance: 'measured', source: `${GUEST}; ${parent}` },
    ]),
  );
}

const estimated = (unit: Figure['unit'], [value, low, high, source]: Row): Figure => ({
  value,
  unit,
  low,
  high,
  provenance: 'estimated',
  source,
});

const NOT_THERE = `${GUEST}; there is no such row`;

/** The host of the recordings. @see spawn costs recorded in November 2026 */
export const ZEN5_GUEST: CostProfile = {
  name: 'zen5-guest',
  description:
    'A KVM guest with two vCPUs of an AMD EPYC (Zen 5), Linux 6.18: the machine of the recorded spawn costs',
  figures: {
    ...SERVER_2025.figures,
    ...measured('ns', ns),
    ...measured('ratio', ratios),
    'host.thread-first': estimated('ns', [0, 0, 40_000, `${NOT_THERE} of two idle threads`]),
    'host.walk-scattered': estimated('ratio', [1, 1, 1.6, `${NOT_THERE} of scattered pages`]),
    'host.cold-fork': estimated('ratio', [
      0,
      0,
      0.55,
      `${GUEST}; a dynamic program after a fork of 256 MiB takes 440 to 923 µs more than an exit, 414 by vfork`,
    ]),
    // The pace of a prediction is against these: fork and wait of 16 and 128 MiB, and a vfork.
    'host.beat-near': estimated('ns', [
      714_600,
      674_400,
      778_700,
      `${GUEST}; fork and exit, 16 MiB`,
    ]),
    'host.beat-far': estimated('ns', [
      4_500_000,
      4_200_000,
      4_700_000,
      `${GUEST}; fork and exit, between those of 64 and 256 MiB`,
    ]),
    'host.beat-calls': estimated('ns', [100_500, 81_500, 125_000, `${GUEST}; vfork, static`]),
  },
};
