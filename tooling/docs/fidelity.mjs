// Writes docs/fidelity.md from what `forkless conform` says of every suite. `--check` takes the reports that a
// check left in out/conform, changes nothing and says what is not current: recordings lie outside the
// repository and grow by themselves, so that is a note and no failure.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, root } from '../release/report.mjs';

const page = join(root, 'docs', 'fidelity.md');
const recordings = process.env.FORKLESS_TRUTH ?? join(root, '..', 'shared', 'truth');
const forkless = join(root, 'apps', 'bench', 'bin', 'forkless.js');

/** @typedef {{ suite: string, files: number, checks: number, passed: number, failed: unknown[], skipped: { rule: string }[] }} Report */

/** Where a check leaves the report of a suite. @param {string} suite */
export const reportFile = (suite) => join(root, 'out', 'conform', `${suite}.json`);

/** @param {number} n */
const count = (n) => n.toLocaleString('en');

/** @param {readonly { title: string, report: Report }[]} reports */
export function fidelityPage(reports) {
  const rows = reports.map(
    ({ title, report: { suite, files, checks, passed, failed, skipped } }) =>
      `| \`${suite}\` | ${title} | ${count(files)} | ${count(checks)} | ${count(passed)} | ${count(failed.length)} | ${count(skipped.length)} |`,
  );
  const skips = reports.flatMap(({ report: { suite, skipped } }) => {
    /** @type {Map<string, number>} */
    const rules = new Map();
    for (const { rule } of skipped) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    return [...rules].map(
      ([rule, steps]) => `| \`${suite}\` | ${count(steps)} | ${rule.replaceAll('|', '\\|')} |`,
    );
  });
  const left =
    skips.length === 0
      ? 'Nothing was left out.'
      : `What was left out, and the line of the recordings' description that allows it:\n\n| suite | steps | rule |\n|---|---:|---|\n${skips.join('\n')}`;
  return `# What was checked against what

Written by \`npm run generate\` from \`forkless conform <suite> --json\`. The model is given the questions of a recording without
its answers, and answers; every single answer is one check.

| suite | compares | files | checks | agree | differ | left out |
|---|---|---:|---:|---:|---:|---:|
${rows.join('\n')}

${left}

## And besides recordings

| what | against what | where |
|---|---|---|
| spawn, exec errors, descriptors, memory policy | the kernel the tests run on, asked the same questions | \`packages/host/test/parity*.test.ts\` |
| XArray, IDR, IDA, every PID allocator | a plain sorted list, over random operations | \`packages/xarray/test\`, \`packages/pid/test\` |
| queueing at locks | the closed birth–death chain of Boyd-Wickizer et al. (2012) | \`packages/sim/test/lock-oracle.test.ts\` |
| interleavings | every one of a few CPUs, with planted bugs that are found | \`packages/sim/test/explore\`, \`forkless check\` |
| machines and bitmaps | hwloc's and util-linux's own programs, where installed | \`packages/topology/test/tools\` |
| memory policy | scenarios of the Linux Test Project, by their facts | \`packages/mempolicy/test/ltp.test.ts\` |
| published figures | what people posted, reruns in \`forkless run all\`; what does not hold is shown first | \`apps/bench/src/experiments\` |

A suite is shown to be able to fail by tests that alter recorded answers.
`;
}

/** @param {string} suite @param {string} folder @param {boolean} isFresh @returns {Report | undefined} */
function reportOf(suite, folder, isFresh) {
  const file = reportFile(suite);
  if (isFresh) {
    const args = [forkless, 'conform', suite, join(recordings, folder), '--report', file];
    spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

if (process.argv[1] === import.meta.filename) {
  const isCheck = process.argv.includes('--check');
  const { suites } = await import('../../apps/bench/dist/index.js');
  const reports = Object.entries(suites).map(([suite, { title, folder }]) => ({
    suite,
    title,
    report: reportOf(suite, folder, !isCheck),
  }));
  const missing = reports.filter((one) => one.report === undefined).map(({ suite }) => suite);
  if (missing.length > 0) {
    const note = `nothing is said of ${missing.join(', ')}: there is no report, as FORKLESS_TRUTH names no recordings`;
    if (isCheck) console.log(note);
    else report('', [note]);
  } else {
    const known = reports.map(({ title, report: one }) => ({
      title,
      report: /** @type {Report} */ (one),
    }));
    const text = fidelityPage(known.toSorted((a, b) => (a.report.suite < b.report.suite ? -1 : 1)));
    if (!isCheck) writeFileSync(page, text);
    const isCurrent = existsSync(page) && readFileSync(page, 'utf8') === text;
    console.log(
      isCurrent
        ? 'docs/fidelity.md is current'
        : 'docs/fidelity.md is not current; `npm run generate` writes it anew',
    );
  }
}
