import { expect, test } from 'vitest';
import { runCommand } from '../sample/run-command.ts';

test('a preset is shown with its tree, distances and fallback order', async () => {
  const { status, stdout } = await runCommand(['topology', 'epyc-2s-nps4']);
  expect(status).toBe(0);
  expect(stdout).toContain('epyc-2s-nps4: 2 packages, 128 cores, 256 CPUs');
  expect(stdout).toMatch(/^ +0 +10 +12 +12 +12 +32 +32 +32 +32 {2}0 1 2 3 4 5 6 7$/m);
});

test('a synthetic description is a machine, and JSON has everything of it', async () => {
  const { status, stdout } = await runCommand(['topology', 'pack:2 core:2 pu:2', '--json']);
  expect(status).toBe(0);
  const { summary, cpus, tree } = JSON.parse(stdout) as Record<string, unknown>;
  expect(summary).toMatchObject({ packageCount: 2, coreCount: 4, cpuCount: 8, nodeCount: 1 });
  expect(cpus).toBe('0-7');
  expect(tree).toMatchObject({ type: 'Machine' });
});

test('without a machine the presets are listed', async () => {
  const { status, stdout } = await runCommand(['topology']);
  expect(status).toBe(0);
  expect(stdout).toContain('power9-gpu');
});

test.for([
  [['topology', 'epyc-2s-nps5'], 'did you mean epyc-2s-nps1 or epyc-2s-nps4?'],
  [['topology', 'pack:2 core:0'], 'expected at least one object'],
  [['topology', 'desktop', '--json', '--text'], 'expected one of them'],
] as const)('%j is refused in a sentence', async ([args, sentence]) => {
  const { status, stderr } = await runCommand(args);
  expect(status).toBe(2);
  expect(stderr).toContain(sentence);
});
