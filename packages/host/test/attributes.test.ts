// Attributes that need something of the machine: a scheduler's power, a control group, a terminal.
import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capabilities, start, type SpawnRequest } from '../src/index.ts';
import { testReal } from './real.ts';

async function output(request: Partial<SpawnRequest>): Promise<string> {
  const child = await start({
    path: '/bin/cat',
    argv: ['cat'],
    stdio: ['ignore', 'pipe', 'inherit'],
    ...request,
  });
  if (!child.ok) return `${child.errno} ${child.step}`;
  let text = '';
  for await (const chunk of child.stdio[1]!) text += String(chunk);
  await child.exited;
  return text;
}

/** A folder of cgroup 2 that can be made and removed, or undefined. */
function makeGroup(): string | undefined {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
  if (mount === undefined) return undefined;
  const folder = join(mount, `forkless-test-${process.pid}`);
  try {
    mkdirSync(folder);
    return folder;
  } catch {
    return undefined;
  }
}

describe('a child', () => {
  testReal('runs under the scheduler it was given', async () => {
    // Field 41 of stat is the policy, 3 being SCHED_BATCH.
    const stat = await output({
      argv: ['cat', '/proc/self/stat'],
      scheduler: { policy: 'batch', priority: 0 },
    });
    expect(stat.replace(/^.*\) /, '').split(' ')[38]).toBe('3');
  });

  test('is born in the control group it was given', async (context) => {
    const folder = capabilities().mechanism === 'clone3' ? makeGroup() : undefined;
    if (folder === undefined) return context.skip('no group of cgroup 2 can be made here');
    const cgroup = openSync(folder, 'r');
    const file = openSync('/etc/hostname', 'r');
    try {
      const argv = ['cat', '/proc/self/cgroup'];
      expect(await output({ argv, cgroup })).toContain(`/forkless-test-${process.pid}\n`);
      expect(await output({ argv, cgroup: file })).toBe('EBADF clone3');
    } finally {
      closeSync(cgroup);
      closeSync(file);
      rmdirSync(folder);
    }
  });

  testReal('is refused a terminal that is none, and a group that is not there', async () => {
    expect(await output({ session: true, tty: 1 })).toBe('ENOTTY ctty');
    expect(await output({ actions: [{ kind: 'tcsetpgrp', fd: 1 }] })).toBe('ENOTTY tcsetpgrp');
    expect(await output({ cgroup: 999 })).toBe('EBADF clone3');
    expect(await output({ parentDeathSignal: 99 })).toBe('EINVAL pdeathsig');
    expect(await output({ nice: 5, argv: ['cat', '/proc/self/stat'] })).toMatch(/\) R .* 25 5 /);
  });

  testReal('takes its limits from the request, and may lose what it cannot have', async () => {
    const limits = { nofile: { soft: 8, hard: 8 } };
    // The duplicate would be the ninth.
    expect(await output({ limits, actions: [{ kind: 'dup2', fd: 1, to: 8 }] })).toMatch(
      /^E(BADF|MFILE|INVAL) (dup2|grant)$/,
    );
    const line = await output({ argv: ['cat', '/proc/self/limits'], limits });
    expect(line).toMatch(/Max open files +8 +8 /);
  });
});
