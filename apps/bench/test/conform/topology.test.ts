import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import type { ConformReport } from '../../src/conform/report.ts';
import { conformTopology } from '../../src/conform/topology.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The suite over a copy of one machine, one of whose answers is changed. */
async function withAltered(
  recordings: string,
  machine: string,
  [file, from, to]: readonly [string, string, string],
): Promise<ConformReport> {
  const folder = mkdtempSync(join(tmpdir(), 'forkless-'));
  folders.push(folder);
  cpSync(join(recordings, machine), join(folder, machine), { recursive: true });
  const path = join(folder, machine, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
  return conformTopology(folder);
}

describeRecorded('conform topology', 'topology', (folder) => {
  test('every recorded machine and vector is answered', async () => {
    const { files, checks, failed } = await conformTopology(folder);
    expect(failed).toEqual([]);
    expect(files).toBeGreaterThan(100);
    expect(checks).toBeGreaterThan(100_000);
  });

  test.for([
    ['truth.json', '"Package:0"', '"Package:1"', 'hwloc.nodes[0].parent'],
    ['truth.json', '"NUMA_DIRECT"', '"NUMA_BACKPLANE"', 'kernel612.sched.type'],
    ['lstopo.console', 'L3 L#0 (16MB)', 'L3 L#0 (17MB)', 'line'],
    ['lscpu.p', '\n1,1,0,0', '\n1,1,0,1', 'line'],
    ['numactl-H.txt', '10  21', '10  22', 'line'],
    ['lscpu-C.json', '"one-size": "65536"', '"one-size": "65537"', 'L1d.one-size'],
  ] as const)('an altered %s is told from a recorded one', async ([file, from, to, step]) => {
    const { failed } = await withAltered(folder, 'qemu-cxl2', [file, from, to]);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ file: `qemu-cxl2/${file}` });
    expect(failed[0]!.step).toContain(step);
  });
});

test('a folder without recordings is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forkless-'));
  folders.push(folder);
  expect(() => conformTopology(folder)).toThrow(/no folder with a truth.json/);
});
