import { FOREIGN_MECHANISMS, MECHANISMS } from '@forkless/spawn';
import { expect, test } from 'vitest';
import { runCommand } from '../sample/run-command.ts';

const MARK = 'not checked against a running system';

test('the list says which mechanisms nobody held against a running system', async () => {
  const { status, stdout } = await runCommand(['paths']);
  expect(status).toBe(0);
  const [checked, read] = stdout.split(`Read, but ${MARK}:`);
  for (const { name } of MECHANISMS) expect(checked).toMatch(new RegExp(`^${name} `, 'm'));
  for (const { name } of FOREIGN_MECHANISMS) expect(read).toMatch(new RegExp(`^${name} `, 'm'));
});

test('so does a path, and a difference', async () => {
  const alone = await runCommand(['paths', 'freebsd-posix-spawn']);
  expect(alone.stdout).toMatch(new RegExp(`^freebsd-posix-spawn: ${MARK}; .*\n {2}parent: `));
  const both = await runCommand(['paths', 'musl-posix-spawn', 'posix-spawn-2.39']);
  expect(both.stdout).toMatch(new RegExp(`^musl-posix-spawn: ${MARK}`));
  expect(both.stdout).toContain('- parent: open a pipe for the error\n');
  expect(both.stdout).toContain('+ child: closefrom(3)\n');
  expect((await runCommand(['paths', 'fork-exec'])).stdout).not.toContain(MARK);
});

test('JSON stays JSON, and the note goes beside it', async () => {
  const { stdout, stderr } = await runCommand(['paths', 'netbsd-posix-spawn', '--json']);
  expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  expect(stderr).toContain(MARK);
});
