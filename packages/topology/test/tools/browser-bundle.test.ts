import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('the main entry bundles for a browser and works without anything of Node', async () => {
  const { outputFiles, warnings } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'topology',
    platform: 'browser',
    target: 'es2022',
  });
  const code = outputFiles[0]!.text;
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/require\(["']|from ["']node:|import\(["']node:/);
  const answer = runInNewContext(
    `${code}
    const machine = topology.preset('epyc-2s-nps4');
    const back = topology.readHwlocXml(topology.formatHwlocXml(machine.tree));
    JSON.stringify([machine.fallbackOrder(1), back.cpus.length]);`,
    { TextDecoder, TextEncoder },
  ) as string;
  expect(JSON.parse(answer)).toEqual([[1, 2, 3, 0, 5, 6, 7, 4], 256]);
});
