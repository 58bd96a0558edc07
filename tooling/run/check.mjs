// `npm run check`: everything that must hold before a change goes in. The tests come first, then the
// release checks, lint, types and the conformance suites, one line each, and the count at the end.
// `--tests-ran` takes the tests' counts as `npm test` left them instead of running them again.
import './node-version.mjs';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../release/run.mjs';
import { installed, node, quietTools, root } from './command.mjs';
import { build, turboArguments } from './build.mjs';
import { install } from './install.mjs';
import { testCounts } from './test-counts.mjs';

const countsFile = process.env.FORKLESS_TEST_COUNTS ?? join(root, 'out', 'test-counts.json');
const recordings = process.env.FORKLESS_TRUTH ?? join(root, '..', 'shared', 'truth');
const forkless = join(root, 'apps', 'bench', 'bin', 'forkless.js');

const limitMs = 20 * 60_000;
/** How a check ends that needs what the registry does not give; with CI set that is a failure. */
const absent = 3;
const total = { passed: 0, failed: 0 };

/**
 * Runs a Node script as one check: a line when it is done, and what it said if it failed. One that could not
 * do its work says `skipped` and why; in CI that is a failure.
 */
async function check(name, script, ...args) {
  const startMs = Date.now();
  const problem = await run(process.execPath, [script, ...args], root, limitMs);
  if (problem?.endsWith(` ended with ${absent})`) && !process.env.CI) {
    console.log(`skipped ${name}: ${problem.split('\n')[0]}`);
    return;
  }
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  if (problem?.startsWith('skipped') && !process.env.CI) {
    console.log(problem.split('\n')[0]);
    return;
  }
  console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (problem !== undefined) console.log(problem.replace(/^/gm, '       '));
  total[problem === undefined ? 'passed' : 'failed'] += 1;
}

async function runTests() {
  mkdirSync(dirname(countsFile), { recursive: true });
  rmSync(countsFile, { force: true });
  process.env.FORKLESS_TEST_COUNTS = countsFile;
  await node(installed('vitest/vitest.mjs'), 'run');
}

async function conformance() {
  const { suites } = await import('../../apps/bench/dist/index.js');
  for (const [name, { folder }] of Object.entries(suites)) {
    const directory = join(recordings, folder);
    if (existsSync(directory) || process.env.CI) {
      const report = join(root, 'out', 'conform', `${name}.json`);
      rmSync(report, { force: true });
      await check(`conform ${name}`, forkless, 'conform', name, directory, '--report', report);
    } else {
      console.log(`skipped conform ${name}: FORKLESS_TRUTH names no folder with ${folder}`);
    }
  }
}

/** What programs see of `@forkless/host` under every Node that is supported, and the fallback elsewhere. */
async function runtimes() {
  const script = join(root, 'packages', 'host', 'test', 'runtimes.mjs');
  for (const name of ['20', '22', '24', '26', 'bun', 'deno']) {
    await check(`host under ${Number(name) ? `Node ${name}` : name}`, script, name);
  }
}

Object.assign(process.env, quietTools);
const ready = (await install()) === 0 && (await build()) === 0;
if (ready && !process.argv.includes('--tests-ran')) await runTests();
const tests = testCounts(countsFile);
total.passed += tests.passed;
total.failed += tests.failed + (ready ? 0 : 1);

console.log('');
const release = (name) => join(root, 'tooling', 'release', `${name}.mjs`);
await check('lock file complete', release('lock-complete'));
if (ready) {
  await check('imports and floors', release('imports'));
  await check('format', installed('oxfmt/bin/oxfmt'), '--check');
  await check('lint', installed('oxlint/bin/oxlint'), '--deny-warnings');
  await check('types of packages', ...turboArguments('typecheck'));
  await check('types of tooling', installed('typescript/bin/tsc'), '--noEmit', '-p', 'tooling');
  await check('metadata of packages', release('metadata'));
  await check('dependencies and licenses', release('dependencies'));
  await check('size of packages', release('size'));
  await check('links', join(root, 'tooling', 'docs', 'links.mjs'));
  await check('documentation site', join(root, 'tooling', 'docs', 'site.mjs'));
  await check('docs/sources.md', join(root, 'tooling', 'docs', 'sources.mjs'), '--check');
  await check('publint and attw', ...turboArguments('check'));
  await check('pack alone', release('pack-alone'));
  await runtimes();
  await conformance();
  await node(join(root, 'tooling', 'docs', 'fidelity.mjs'), '--check');
  await check('speed beside peers', join(root, 'tooling', 'bench', 'run.mjs'), '--quick');
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
