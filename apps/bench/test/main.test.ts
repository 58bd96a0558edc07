import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runCommand } from './sample/run-command.ts';

const bin = fileURLToPath(new URL('../bin/forkless.js', import.meta.url));

describe('forkless', () => {
  test('no arguments show the help, and that is no error', async () => {
    const { status, stdout } = await runCommand([]);
    expect(status).toBe(0);
    expect(stdout).toContain('Exit status: 0 fine, 1 a check failed, 2 usage or bad input');
  });

  test('every command has help with examples', async () => {
    const { stdout } = await runCommand(['--help']);
    const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'));
    const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => String(name));
    expect(names).toContain('run');
    for (const name of names.filter((one) => one !== 'help')) {
      const help = await runCommand([name, '--help']);
      expect(help.status).toBe(0);
      expect(help.stdout).toContain(`Examples:\n  forkless ${name}`);
    }
  });

  test('a mistyped command is met with the one it may be', async () => {
    const { status, stderr } = await runCommand(['experiment']);
    expect(status).toBe(2);
    expect(stderr).toContain('Did you mean experiments?');
  });

  test('experiments --json has all but the functions', async () => {
    const { stdout } = await runCommand(['experiments', '--json']);
    const [experiment] = JSON.parse(stdout);
    expect(experiment).toMatchObject({ name: 'sample-lock', machine: 'small', seconds: 1 });
    expect(experiment.parameters).toHaveLength(4);
  });

  test('experiments shows claims with what was published, and parameters with their range', async () => {
    const { stdout } = await runCommand(['experiments']);
    expect(stdout).toContain('[1,000,000 – 2,000,000 ops/s]');
    expect(stdout).toContain('--set cpuCount=4  how many CPUs take part (1 to 64 CPUs)');
    expect(stdout).toContain('(ticket, mcs, queued)');
  });
});

describe('the built command', () => {
  test('answers --version and tells bad usage by its exit status', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, '--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const refused = promisify(execFile)(process.execPath, [bin, 'run', 'no-such-thing']);
    await expect(refused).rejects.toMatchObject({ code: 2 });
  });

  test('a reader that goes away early is no error', async () => {
    const line = `"${process.execPath}" "${bin}" --help | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', line]);
    expect([stdout, stderr]).toEqual(['0\n', '']);
  });
});
