import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../sample/run-command.ts';

test('a design that holds ends with status 0, its scope and what holds', async () => {
  const ran = await runCommand(['check', 'idr', '--cpus', '2', '--ops', '2', '--level', '1']);
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain('idr  kernel 7.0, level 1, 2 CPUs × 2 operations');
  expect(ran.stdout).toContain('holds  in every state');
  expect(ran.stdout).toContain('no id is lost');
});

test('--json is one object', async () => {
  const ran = await runCommand(['check', 'freebsd', '--cpus', '2', '--json']);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    allocator: 'freebsd',
    cpus: 2,
    ops: 2,
    kernel: '7.0',
    isComplete: true,
    merged: true,
  });
});

test.each([
  [['check', 'idx'], 'did you mean idr?'],
  [['check', 'idr', '--cpus', '9'], '--cpus: expected a whole number from 1 to 8, got "9".'],
  [['check', 'idr', '--ops', 'two'], '--ops: expected a whole number from 1 to 8, got "two".'],
  [['check', 'idr', '--locking', 'owner-cpu'], 'idr cannot be guarded by "owner-cpu"'],
  [['check', 'idr', '--kernel', '5.0'], 'There is no kernel "5.0"'],
])('%j is refused with status 2', async (args, sentence) => {
  const ran = await runCommand(args);
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain(sentence);
});

const stranger = (name: string) => join(import.meta.dirname, '..', 'sample', name);

test("a stranger's allocator is checked from its file", async () => {
  const ran = await runCommand(['check', stranger('queue.ts'), '--cpus', '2', '--ops', '3']);
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toContain('queue  kernel 7.0');
  expect(ran.stdout).toContain('holds  in every state');
  expect(ran.status).toBe(0);
});

test("what depends on the order of a stranger's calls is found", async () => {
  const ran = await runCommand(['check', stranger('third-time.ts'), '--cpus', '2', '--ops', '3']);
  expect(ran.stdout).toContain('is handed out while it is live');
  expect(ran.status).toBe(1);
});

test('a file without an allocator is refused in one sentence', async () => {
  const ran = await runCommand(['check', stranger('quick-experiment.ts')]);
  expect(ran.stderr).toContain('expected `export const design`, a PidDesign.');
  expect(ran.status).toBe(2);
});
