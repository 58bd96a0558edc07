import { expect, test } from 'vitest';
import { runCommand } from '../sample/run-command.ts';

test('what can be asked of the real kernel is listed', async () => {
  const { status, stdout } = await runCommand(['host', '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('our spawn beside child_process and a C posix_spawn');
});

test.for([
  [['host', 'spawn', '--load', '1 GB'], 'did you mean 1 GiB'],
  [['host', 'spawn', '--rounds', '0'], 'expected a whole number from 1 to 100'],
] as const)('%j is refused in a sentence', async ([args, sentence]) => {
  const { status, stderr } = await runCommand(args);
  expect(status).toBe(2);
  expect(stderr).toContain(sentence);
});
