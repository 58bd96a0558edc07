// `npm run fuzz -- --seconds 600 [--seed N] [--save] [target …]`: bends saved and known inputs and gives them to
// every parser and to the memory policies. An input that breaks us, or takes too long, goes to out/fuzz with
// what it did, and the exit status is 1; once mended it is moved to corpus/<target>, where tests keep it. `--save`
// also keeps inputs that were answered in a way not seen before.
import '../run/node-version.mjs';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../run/command.mjs';
import { makeReady } from '../run/ready.mjs';

/** Bytes and number of the inputs kept for a target, so that the corpus stays a folder one can look at. */
const SAVED_BYTES_MAX = 300;
const SAVED_MAX = 10;

const { values: options, positionals: wanted } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    save: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const seconds = Number(options.seconds);
const seed = Number(options.seed);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(
    'forkless: fuzz expects --seconds with a number above zero and --seed with a whole number.',
  );
  process.exit(2);
}

/** @param {Buffer} input */
const nameOf = (input) => createHash('sha256').update(input).digest('hex').slice(0, 12);

/** @param {string} folder @param {Buffer} input @param {string} [story] */
function keep(folder, input, story) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, nameOf(input)), input);
  if (story !== undefined) writeFileSync(join(folder, `${nameOf(input)}.txt`), `${story}\n`);
}

await makeReady();
const { corpusFolder, createFuzz } = await import('./fuzz.mjs');
const { targets } = await import('./targets.mjs');
const chosen = targets.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)),
);
const runs = chosen.map((target, at) => createFuzz(target, seed + at));
const end = Date.now() + seconds * 1000;
let broken = 0;
/** @type {Set<string>} */
const told = new Set();
while (Date.now() < end) {
  for (const fuzz of runs) {
    for (let count = 0; count < 200 && Date.now() < end; count++) {
      const { finding, input } = fuzz.step();
      if (finding === undefined) continue;
      const kind = `${fuzz.target.name}: ${finding.split('\n')[0]}`;
      if (told.has(kind)) continue;
      told.add(kind);
      broken++;
      keep(join(root, 'out', 'fuzz', fuzz.target.name), input, finding);
      console.error(`${kind}\n  out/fuzz/${fuzz.target.name}/${nameOf(input)}`);
    }
  }
}
for (const { target, count, fresh, slowestMs } of runs) {
  console.log(
    `${target.name.padEnd(22)} ${String(count()).padStart(8)} inputs, ${fresh().length} new answers, slowest ${slowestMs().toFixed(0)} ms`,
  );
  if (!options.save) continue;
  const kept = fresh()
    .filter((input) => input.length <= SAVED_BYTES_MAX)
    .slice(0, SAVED_MAX);
  for (const input of kept) keep(join(corpusFolder, target.name), input);
}
console.log(`seed ${seed}, ${seconds} s, ${broken} findings`);
process.exitCode = broken === 0 ? 0 : 1;
