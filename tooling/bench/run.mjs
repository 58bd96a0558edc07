// `npm run bench`: every target beside its peer, one table of ratios, also left in out/bench.json and, with
// --write, in docs/bench.md. `--quick` measures the guarded ones in under a minute and fails where a ratio is
// more than a quarter above the one in baseline.json for this major of Node; `--accept` writes those anew.
// `--seconds` is how long a target is given. Words besides are the beginnings of the targets wanted: `npm run bench -- pid/ sim/`.
import '../run/node-version.mjs';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../run/command.mjs';
import { makeReady } from '../run/ready.mjs';
import { compare } from './compare.mjs';
import { loadTargets } from './load-targets.mjs';

/** A ratio so much above its baseline is a regression. */
const TOLERANCE = 1.25;

const baselineFile = join(import.meta.dirname, 'baseline.json');
const major = process.versions.node.split('.')[0] ?? '';

/** @typedef {import('./load-targets.mjs').Target} Target @typedef {import('./compare.mjs').Comparison} Comparison */

/**
 * Measures a target, and again with more time while it seems too slow: noise goes away by measuring.
 * @param {Target} target @param {number} budgetMs @param {number | undefined} limit
 * @returns {Promise<Comparison>}
 */
async function measure({ id }, budgetMs, limit) {
  let result = await compare(id, { budgetMs, spread: 0.03 });
  for (const more of limit === undefined ? [] : [3, 9]) {
    if (result.ratio <= /** @type {number} */ (limit)) break;
    result = await compare(id, { budgetMs: more * budgetMs, spread: 0.02 });
  }
  return result;
}

/** @param {Target} target @param {Comparison} result @param {number | undefined} base */
function line(target, { ratio, low, high }, base) {
  const aim =
    target.aim === undefined ? '' : `  aim ≤ ${target.aim}${ratio > target.aim ? ', missed' : ''}`;
  const change = base === undefined ? '' : `  ×${(ratio / base).toFixed(2)} of the baseline`;
  return `${target.id.padEnd(44)} ${show(ratio).padStart(7)}  (${show(low)}–${show(high)})${aim}${change}`;
}

/** @param {number} ratio */
function show(ratio) {
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3);
}

/** @param {readonly { target: Target, result: Comparison }[]} measured */
function markdown(measured) {
  const rows = measured.map(
    ({ target, result: { ratio, low, high } }) =>
      `| ${target.package} | ${target.what} | ${target.beside} | ${show(ratio)} | ${show(low)}–${show(high)} | ${
        target.aim === undefined ? '' : `≤ ${target.aim}${ratio > target.aim ? ', **missed**' : ''}`
      } |`,
  );
  return `# Speed

Written by \`npm run bench -- ${options.quick ? '--quick ' : ''}--write\` on ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}. Each side runs in a
process of its own, the two take turns, and the ratio is the median over neighbouring turns of CPU time an operation:
ours to the peer's, less is better. The interval holds the median in nine cases of ten. Ratios are what compares between
machines; how long an operation takes does not, and is not given.

| package | what | beside | ratio | interval | aim |
|---|---|---|---:|---|---|
${rows.join('\n')}
`;
}

const { values: options, positionals: wanted } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    accept: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    seconds: { type: 'string' },
  },
  allowPositionals: true,
});
const budgetMs = 1000 * Number(options.seconds ?? (options.quick ? 1.5 : 5));
await makeReady();
/** @type {Record<string, Record<string, number>>} */
const baseline = JSON.parse(readFileSync(baselineFile, 'utf8'));
const known = baseline[major] ?? {};
const chosen = (await loadTargets()).filter(
  ({ id, quick }) =>
    (!(options.quick || options.accept) || quick === true) &&
    (wanted.length === 0 || wanted.some((word) => id.startsWith(word))),
);
const say = (/** @type {string} */ text) =>
  options.json ? console.error(text) : console.log(text);
say(
  `${cpus()[0]?.model.trim()}, Node ${process.version}; CPU time of ours to the peer's, less is better`,
);
if (options.quick && baseline[major] === undefined) {
  say(
    `There is no baseline for Node ${major}, so nothing is judged; \`npm run bench -- --accept\` writes one.`,
  );
}

const measured = [];
for (const target of chosen) {
  const base = options.quick ? known[target.id] : undefined;
  const limit = base === undefined ? undefined : base * TOLERANCE;
  const result = await measure(target, budgetMs, limit);
  measured.push({ target, result, regressed: limit !== undefined && result.ratio > limit });
  say(line(target, result, base));
}

const plain = measured.map(({ target: { id, what, beside, aim }, result }) => ({
  id,
  what,
  beside,
  aim,
  ...result,
}));
mkdirSync(join(root, 'out'), { recursive: true });
writeFileSync(join(root, 'out', 'bench.json'), `${JSON.stringify(plain, null, 2)}\n`);
if (options.json) console.log(JSON.stringify(plain));
if (options.write) writeFileSync(join(root, 'docs', 'bench.md'), markdown(measured));
if (options.accept) {
  const own = Object.fromEntries(
    measured.map(({ target, result }) => [target.id, Number(show(result.ratio))]),
  );
  writeFileSync(
    baselineFile,
    `${JSON.stringify({ ...baseline, [major]: { ...known, ...own } }, null, 2)}\n`,
  );
}
const regressed = measured.filter((one) => one.regressed);
for (const { target } of regressed) {
  console.error(
    `${target.id}: more than ${TOLERANCE} times its baseline, measured again and again`,
  );
}
process.exitCode = regressed.length === 0 ? 0 : 1;
