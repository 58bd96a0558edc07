// Checks how much of a page or a start each package takes: its entry, bundled, minified and compressed,
// once by itself and once with the siblings it needs, against the budget in size-budget.json. A package
// may grow when somebody says so: `node tooling/release/size.mjs --write` sets the budget anew, with some room.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { report, root } from './report.mjs';
import { workspaces } from './workspace.mjs';

const budgetFile = join(root, 'tooling', 'release', 'size-budget.json');

/** How far above what it takes today a budget is set. */
const ROOM = 1.3;

/**
 * @typedef {{ alone: number, withSiblings: number }} Size in KiB, minified and gzipped
 */

/** @param {import('./workspace.mjs').Workspace} workspace @returns {Promise<Size>} */
async function sizeOf({ folder, manifest }) {
  const entry = join(folder, 'dist', 'index.js');
  const foreign = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return {
    alone: await bundled(entry, foreign),
    withSiblings: await bundled(
      entry,
      foreign.filter((name) => !name.startsWith('@forkless/')),
    ),
  };
}

/** @param {string} entry @param {string[]} external @returns {Promise<number>} KiB */
async function bundled(entry, external) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    external,
  });
  const [file] = outputFiles;
  return Math.round((gzipSync(file?.contents ?? '', { level: 9 }).length / 1024) * 10) / 10;
}

/**
 * What exceeds its budget or has none, one sentence each.
 * @param {Record<string, Size>} sizes @param {Record<string, Size>} budget @returns {string[]}
 */
export function sizeProblems(sizes, budget) {
  return [
    ...Object.entries(sizes).flatMap(([name, size]) => {
      const limit = budget[name];
      if (limit === undefined) return [`${name} has no budget in size-budget.json`];
      return /** @type {const} */ (['alone', 'withSiblings'])
        .filter((key) => size[key] > limit[key])
        .map((key) => `${name} takes ${size[key]} KiB ${key}, and its budget is ${limit[key]}`);
    }),
    ...Object.keys(budget)
      .filter((name) => !(name in sizes))
      .map((name) => `size-budget.json knows a package ${name} that is none`),
  ];
}

/** @param {Record<string, Size>} sizes @returns {Record<string, Size>} */
function withRoom(sizes) {
  const up = (/** @type {number} */ kib) => Math.ceil(kib * ROOM);
  return Object.fromEntries(
    Object.entries(sizes).map(([name, { alone, withSiblings }]) => [
      name,
      { alone: up(alone), withSiblings: up(withSiblings) },
    ]),
  );
}

if (process.argv[1] === import.meta.filename) {
  const publics = workspaces().filter(({ manifest }) => manifest.private !== true);
  /** @type {Record<string, Size>} */
  const sizes = {};
  for (const one of publics) sizes[one.manifest.name] = await sizeOf(one);
  if (process.argv.includes('--write')) {
    writeFileSync(budgetFile, `${JSON.stringify(withRoom(sizes), null, 2)}\n`);
  }
  for (const [name, { alone, withSiblings }] of Object.entries(sizes)) {
    console.log(`${name.padEnd(22)} ${alone} KiB alone, ${withSiblings} KiB with its siblings`);
  }
  report(
    'every package keeps within its budget',
    sizeProblems(sizes, JSON.parse(readFileSync(budgetFile, 'utf8'))),
  );
}
