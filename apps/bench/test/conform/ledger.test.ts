import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import { compareLedger } from '../../src/conform/ledger.ts';
import type { Recording } from '../../src/conform/ledger/recording.ts';

describeRecorded('what making a process allocates', 'spawn/allocations', (folder) => {
  const read = (file: string): Recording =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recording;
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const sample = files.filter((_file, at) => at % 8 === 0);

  test.each(sample)('%s', (file) => {
    expect(compareLedger(read(file)).failed).toEqual([]);
  });

  test('every altered count of every operation is found', () => {
    for (const operation of new Set(files.map((file) => file.split('--')[0]!))) {
      const recording = read(files.find((file) => file.startsWith(`${operation}--`))!);
      const clean = compareLedger(recording);
      const altered = {
        ...recording,
        phases: recording.phases.map((phase) => ({
          ...phase,
          slab: (phase.slab ?? []).map((one) => ({ ...one, count: one.count + 1 })),
          pages: (phase.pages ?? []).map((one) => ({ ...one, count: one.count + 1 })),
        })),
      };
      const totals = clean.checks - compareLedger(altered).failed.length;
      // The sums are recorded apart from the counts and stay right.
      expect(totals % 4).toBe(0);
      expect(totals).toBeLessThanOrEqual(8);
    }
  });

  test('a parent of another state allocates something else', () => {
    const recording = read('vfork_exit--base.json');
    const { parent } = recording;
    const more = { ...parent, fds: { ...parent.fds, highest: 200 } };
    expect(compareLedger({ ...recording, parent: more }).failed.length).toBeGreaterThan(2);
  });
});
