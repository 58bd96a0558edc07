import { copyFileSync, chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createTemplate, spawn } from '../src/index.ts';
import { testReal } from './real.ts';

const folder = mkdtempSync(join(tmpdir(), 'forkless-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of a small program under a name of its own. */
function copyOf(program: string, name: string): string {
  const path = join(folder, name);
  copyFileSync(program, path);
  chmodSync(path, 0o755);
  return path;
}

async function outputOf(stream: AsyncIterable<unknown> | null | undefined): Promise<string> {
  let text = '';
  if (stream) for await (const chunk of stream) text += String(chunk);
  return text;
}

describe('a template', () => {
  testReal('finds its executable once and spawns it with its environment', async () => {
    const env = await createTemplate('env', { env: { A: '1' } });
    expect(env.path).toMatch(/^\/.*\/env$/);
    const child = await env.spawn(['env'], { stdio: ['ignore', 'pipe'] });
    expect(child.ok && (await outputOf(child.stdio[1]))).toBe('A=1\n');
  });

  testReal('notices that its file was touched, changed in mode, or replaced', async () => {
    const changes = {
      mode: (path: string) => chmodSync(path, 0o700),
      replaced: (path: string) => renameSync(copyOf('/bin/false', 'next'), path),
      gone: (path: string) => rmSync(path),
    };
    for (const [name, change] of Object.entries(changes)) {
      const path = copyOf('/bin/true', name);
      const template = await createTemplate(path);
      expect((await template.spawn(['x'])).ok).toBe(true);
      change(path);
      expect(await template.spawn(['x'])).toMatchObject({ errno: 'ESTALE', step: 'identity' });
    }
  });

  testReal('takes the new file if it was told to', async () => {
    const path = copyOf('/bin/true', 'refreshed');
    const template = await createTemplate(path, { whenStale: 'refresh' });
    renameSync(copyOf('/bin/false', 'next'), path);
    const child = await template.spawn(['x']);
    expect(child.ok && (await child.exited).code).toBe(1);
  });

  testReal('serves spawn of the known face', async () => {
    const template = await createTemplate('/bin/echo', { env: {} });
    const child = spawn('echo', ['hello'], { template, stdio: ['ignore', 'pipe', 'ignore'] });
    expect(await outputOf(child.stdout)).toBe('hello\n');
  });

  test('of a file that is not there is refused', async () => {
    await expect(createTemplate('forkless-no-such')).rejects.toThrow('no executable file');
    await expect(createTemplate('/etc/passwd')).rejects.toThrow('no executable file');
  });
});
