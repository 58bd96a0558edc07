// The recorded sweeps of calibration.json as readings: one round, on a machine whose pace is its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anchors } from '../../../src/host/costs/fit-costs.ts';
import type { Quantity, Reading } from '../../../src/host/costs/cost-program.ts';
import { parentWith, type Mechanism, type Parent } from '../../../src/host/costs/parent.ts';

interface SweepRow {
  readonly tag: string;
  readonly m: string;
  readonly rss: number;
  readonly thp: number;
  readonly fds: number;
  readonly cloexec: number;
  readonly close: number;
  readonly vmas: number;
  readonly vmatouch: number;
  readonly threads: number;
  readonly busy: number;
  readonly exe: string;
  readonly spawn_us: number;
  readonly total_us: number;
  readonly p10_us: number;
  readonly p90_us: number;
  readonly n: number;
}

/** Parents of the recording that stand for those a calibration measures itself. */
export const recordedAnchors: Anchors = {
  fresh: [16, 64, 256, 1024],
  rewritten: [16, 64, 256],
  mappings: [1000, 10_000],
  files: 10_000,
  huge: 1024,
  threads: [{ threads: 2 }, { rss: 64, threads: 16, mechanism: 'fork-exit' }],
  small: { rss: 1 },
  rewrittenBy: 'fork',
};

/** Every row whose state a `Parent` can describe, in the order of the file. */
export function recordedReadings(folder: string): readonly Reading[] {
  const text = readFileSync(join(folder, 'calibration.json'), 'utf8');
  const { raw_sweeps: rows } = JSON.parse(text) as { raw_sweeps: readonly SweepRow[] };
  return rows.flatMap((row) => {
    const parent = parentOf(row);
    return parent === undefined ? [] : [readingOf(row, parent)];
  });
}

const names: Readonly<Record<string, Mechanism>> = {
  fork_exit: 'fork-exit',
  fork_exec: 'fork',
  vfork_exit: 'vfork-exit',
  vfork_exec: 'vfork',
  pspawn: 'posix-spawn',
  clone3: 'vfork',
};

function parentOf(row: SweepRow): Parent | undefined {
  const mechanism = row.close === 0 ? names[row.m] : closing(row);
  // A thread that spins on the other CPU, and clone3 with a close by every way but our own, are not ours.
  if (mechanism === undefined || row.busy === 1) return undefined;
  return parentWith({
    mechanism,
    program: row.exe === 'tiny-static' || mechanism.endsWith('exit') ? 'static' : 'dynamic',
    rss: row.thp === 1 ? 0 : row.rss,
    huge: row.thp === 1 ? row.rss : 0,
    history: row.tag === 'cow' ? 'rewritten' : 'fresh',
    mappings: row.vmas,
    touched: row.vmas > 0 && row.vmatouch === 1,
    files: row.fds,
    inherit: row.fds > 0 && row.cloexec === 0 && row.close === 0,
    threads: row.threads,
  });
}

function closing({ m, close }: SweepRow): Mechanism | undefined {
  if (m === 'vfork_exec' && close === 1) return 'vfork-close';
  return m === 'clone3' && close === 2 ? 'vfork-own-table' : undefined;
}

function readingOf(row: SweepRow, parent: Parent): Reading {
  // Recorded on a quiet machine: its medians are what a calibration takes from p10 on a busy one.
  const quantity = (median: number): Quantity => ({
    median: median * 1000,
    p10: median * 1000,
    p90: median * 1000 * (row.p90_us / row.total_us),
    min: median * 1000 * (row.p10_us / row.total_us),
    samples: row.n,
  });
  return {
    parent,
    call: quantity(row.spawn_us),
    total: quantity(row.total_us),
    beat: { near: 1, far: 1, calls: 1 },
  };
}
