import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { capabilities } from '../src/index.ts';
import { testReal } from './real.ts';

const fuzz = Number(process.env['FORKLESS_FUZZ'] ?? 0);
const soakCount = fuzz >= 100_000 ? 5000 : 500;
const program = fileURLToPath(new URL('soak/soak.mjs', import.meta.url));
const native = fileURLToPath(new URL('../native', import.meta.url));
const include = join(
  dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')),
  'include',
);
const folder = mkdtempSync(join(tmpdir(), 'forkless-soak-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Soak {
  readonly seen: Record<string, number>;
  readonly grownMib: number;
}

const clean = { zombies: 0, leakedDescriptors: 0, problems: [] };

/** Runs the program under a limit of descriptors that it can reach. */
async function soak(count: number, opener: string, env: NodeJS.ProcessEnv = {}): Promise<Soak> {
  const line = `ulimit -n 300; exec "$0" "$@"`;
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', line, process.execPath, program, String(count), opener],
    { env: { ...process.env, ...env } },
  );
  return JSON.parse(stdout) as Soak;
}

function compile(
  output: string,
  flags: readonly string[],
  sources: readonly string[],
): string | undefined {
  const given = ['-std=gnu11', '-g', '-fPIC', '-shared', ...flags, `-I${include}`, ...sources];
  const { status } = spawnSync('cc', [...given, '-o', output]);
  return status === 0 ? output : undefined;
}

const opener = () =>
  compile(
    join(folder, 'opener.node'),
    [],
    [fileURLToPath(new URL('soak/opener.c', import.meta.url))],
  ) ?? '';

describe(`${soakCount} children with faults`, () => {
  for (const table of ['own', 'copied']) {
    testReal(`leave nothing behind when the table is ${table}`, async () => {
      const result = await soak(soakCount, opener(), { FORKLESS_HOST_TABLE: table });
      expect(result).toMatchObject(clean);
      expect(Object.keys(result.seen)).toEqual(
        expect.arrayContaining([
          'ENOENT',
          'EACCES',
          'EBADF',
          'EMFILE',
          'killed',
          'aborted',
          'exec',
        ]),
      );
    });
  }

  test('find nothing for AddressSanitizer and UndefinedBehaviorSanitizer to say', async (context) => {
    const { mechanism, reason } = capabilities();
    if (mechanism !== 'clone3') context.skip(`no child without fork here: ${reason}`);
    const addon = join(folder, 'sanitized.node');
    const flags =
      '-fsanitize=address,undefined -fno-sanitize-recover=undefined -fvisibility=hidden -fno-omit-frame-pointer';
    const sources = readdirSync(native)
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(native, name));
    if (compile(addon, [...flags.split(' '), '-Wl,-z,nodelete'], sources) === undefined) {
      context.skip('the C compiler has no sanitizers');
    }
    const library = (name: string) =>
      spawnSync('cc', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
    const result = await soak(Math.min(500, soakCount), '', {
      FORKLESS_HOST_ADDON: addon,
      LD_PRELOAD: [library('libasan.so'), library('libubsan.so')].join(' '),
      // What Node itself never frees is not ours to report.
      ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0',
    });
    expect(result).toMatchObject({ ...clean });
  });
});
