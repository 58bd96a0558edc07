import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import { isOneAdvanceApart } from '../../src/conform/mempolicy/compare.ts';
import type { Json } from '../../src/conform/mempolicy/fields.ts';
import { readScenario } from '../../src/conform/mempolicy/scenario.ts';
import { conformMempolicy, conformScenario } from '../../src/conform/mempolicy.ts';

const noise = new Set(['free', 'count', 'filled', 'runs', 'nodes_rle', 'ino']);

/** Another answer of the same shape. */
function altered(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  if (value === null) return 'EIO';
  if (Array.isArray(value)) return [...value, 1];
  return { changed: true };
}

describeRecorded('the recorded scenarios', 'mempolicy', (folder) => {
  test('every comparable step agrees', () => {
    const report = conformMempolicy(folder);
    expect(report.failed).toEqual([]);
    expect(report.files).toBe(readdirSync(folder).filter((name) => name.endsWith('.json')).length);
    expect(report.checks).toBeGreaterThan(6000);
    expect(new Set(report.skipped.map(({ rule }) => rule)).size).toBe(1);
  });

  test('an altered answer of any call in any field is found', () => {
    const seen = new Set<string>();
    for (const file of readdirSync(folder).filter((name) =>
      /^(?!README|8|9[BC]).*json$/.test(name),
    )) {
      const scenario = readScenario(file, readFileSync(join(folder, file), 'utf8'));
      for (const [index, step] of scenario.steps.entries()) {
        for (const [field, value] of Object.entries(step.answers)) {
          const key = `${step.call}.${field}`;
          if (noise.has(field) || seen.has(key) || file.startsWith('508')) continue;
          seen.add(key);
          const answers: Json = { ...step.answers, [field]: altered(value) };
          const steps = scenario.steps.with(index, { ...step, answers });
          const { failed } = conformScenario(file, { ...scenario, steps });
          expect(failed.map(({ step: place }) => place)).toEqual([
            `${index} ${step.call}: ${field}`,
          ]);
        }
      }
      if (!seen.has('exit_status')) {
        seen.add('exit_status');
        const { failed } = conformScenario(file, { ...scenario, exitStatus: 9 });
        expect(failed.map(({ step }) => step)).toEqual(['exit_status']);
      }
    }
    expect(seen.size).toBeGreaterThan(60);
  });
});

describe('a malformed scenario is refused with file, step and field', () => {
  const good = {
    name: 'x',
    cgroup: 'v2',
    exit_status: 0,
    initial: { cpu: 0, uid: 0 },
    topology: {
      id: 'A',
      nodes: 1,
      cpus: [[0]],
      mem_total_kb: [40_000],
      distances: [[10]],
      possible: '0',
      max_numnodes: 16,
    },
    steps: [{ call: 'setresuid', uid: 5, ret: 0, errno: null }],
  };
  test.each([
    ['a missing field', { ...good, steps: [{ call: 'setresuid' }] }, /step 0 \(setresuid\).*"uid"/],
    ['an unknown call', { ...good, steps: [{ call: 'reboot' }] }, /step 0, field "call".*reboot/],
    ['no steps', { ...good, steps: 3 }, /a\.json, field "steps"/],
    ['a version of cgroup that is none', { ...good, cgroup: 'v3' }, /"cgroup"/],
    ['a machine without CPUs', { ...good, topology: { ...good.topology, cpus: 1 } }, /topology/],
  ])('%s', (_what, scenario, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'forkless-'));
    try {
      writeFileSync(join(folder, 'a.json'), JSON.stringify(scenario));
      expect(() => conformMempolicy(folder)).toThrow(message);
      writeFileSync(join(folder, 'a.json'), JSON.stringify(good));
      expect(conformMempolicy(folder)).toMatchObject({ files: 1, checks: 3, passed: 3 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('text that is no JSON', () => {
    expect(() => readScenario('b.json', '{')).toThrow(/b\.json: expected JSON/);
  });
});

test('one slip of the walk is one, and no more', () => {
  const walk = [0, 1, 2, 3, 0, 1, 2, 3];
  expect(isOneAdvanceApart([0, 1, 3, 0, 1, 2, 3, 0], walk)).toBe(true);
  expect(isOneAdvanceApart([0, 2, 3, 1, 2, 3, 0, 1], walk)).toBe(false);
  expect(isOneAdvanceApart([0, 1, 2, 3, 0, 1, 2, 0], walk)).toBe(true);
  expect(isOneAdvanceApart([0, 1, 2, 3, 0, 1, 2, 1], walk)).toBe(false);
  expect(isOneAdvanceApart([0, 1, 2], walk)).toBe(false);
});
