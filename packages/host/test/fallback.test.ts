import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const built = new URL('../dist/index.js', import.meta.url).href;

/** What a program prints that runs without the addon. */
function without(code: string): unknown {
  const script = `import * as host from ${JSON.stringify(built)};\n${code}`;
  const env = { ...process.env, FORKLESS_HOST: 'child_process' };
  const given = ['--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, given, { env, encoding: 'utf8' }));
}

test('without the addon children are made by child_process, and capabilities say so', () => {
  expect(without('console.log(JSON.stringify(host.capabilities()))')).toEqual({
    mechanism: 'child_process',
    reason: 'FORKLESS_HOST asks for child_process',
    descriptors: 'inherited',
  });
  expect(
    without(`
      const { stdout } = await (await import('node:util')).promisify(host.execFile)('echo', ['x']);
      console.log(JSON.stringify(stdout));`),
  ).toBe('x\n');
});

test('without the addon a request is done as far as child_process has words for it', () => {
  expect(
    without(`
      const stdio = ['ignore', 'pipe', 'ignore'];
      const request = { path: 'sh', search: '/no:/bin' };
      const child = await host.start({ ...request, argv: ['other', '-c', 'echo $0 $A; exit 3'], envp: ['A=b'], stdio });
      let out = '';
      for await (const chunk of child.stdio[1]) out += chunk;
      const { code, signal } = await child.exited;
      const missing = await host.start({ path: '/no/such', argv: ['x'] });
      const strange = await host.start({ path: '/bin/true', argv: ['x'], umask: 0, nice: 3 });
      const bytes = await host.start({ path: '/bin/true', argv: ['x', Uint8Array.of(255)] });
      console.log(JSON.stringify({ out, code, signal, refused: [missing, strange, bytes] }));`),
  ).toMatchObject({
    out: 'other b\n',
    code: 3,
    signal: null,
    refused: [
      { errno: 'ENOENT' },
      { errno: 'ENOTSUP', reason: expect.stringContaining('umask, nice') as string },
      { errno: 'ENOTSUP', reason: expect.stringContaining('bytes that are not UTF-8') as string },
    ],
  });
});
