// What a release publishes: built by every compiler there is, looked at, and missed when it is not there.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { testReal } from './real.ts';

const own = fileURLToPath(new URL('..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'forkless-addons-'));
afterAll(() => rmSync(copy, { recursive: true }));

function addons(...flags: string[]) {
  return spawnSync(process.execPath, [join(copy, 'native/addons.mjs'), ...flags], {
    encoding: 'utf8',
  });
}

testReal('a release has addons that load on any glibc Node runs on, or is no release', (skip) => {
  if (spawnSync('cc', ['--version']).error !== undefined) return skip('there is no C compiler');
  cpSync(join(own, 'native'), join(copy, 'native'), { recursive: true });
  cpSync(join(own, 'dist'), join(copy, 'dist'), { recursive: true });
  symlinkSync(join(own, '../../node_modules'), join(copy, 'node_modules'));
  expect(addons('--check')).toMatchObject({ status: 1, stdout: expect.stringContaining('x64: ') });

  const built = addons();
  expect(built.stderr).toBe('');
  expect(built.status).toBe(0);
  const file = join(copy, `prebuilds/forkless-host-linux-${process.arch}.node`);
  expect(existsSync(file)).toBe(true);

  // It goes before the one that was built here.
  const ask = `console.log(require(${JSON.stringify(join(copy, 'dist/index.cjs'))}).capabilities().mechanism)`;
  const mechanism = () =>
    execFileSync(process.execPath, ['--eval', ask], { encoding: 'utf8' }).trim();
  expect(mechanism()).toBe('clone3');
  writeFileSync(file, 'no ELF');
  expect(mechanism()).toBe('child_process');
  expect(addons('--check')).toMatchObject({ status: 1 });
});
