// Checks that the package.json of each public package says what the registry, bundlers and people need:
// license and its text, keywords, where it lies in the repository, which Node, no side effects, and types
// before code in every entry.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, root } from './report.mjs';
import { manifestOf, workspaces } from './workspace.mjs';

/** @typedef {[holds: boolean, otherwise: string]} Fact */

/**
 * What one package.json lacks, one sentence each.
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {import('./workspace.mjs').Manifest} house the root's package.json
 * @returns {string[]}
 */
export function metadataProblems({ path, manifest }, house) {
  const { keywords = [], repository, files = [], engines, publishConfig } = manifest;
  /** @type {Fact[]} */
  const facts = [
    [
      manifest.license === house.license,
      `has the license ${manifest.license}, not ${house.license}`,
    ],
    [/^\S.{20,}[^.]$/.test(manifest.description ?? ''), 'needs a description of one clause'],
    [keywords.length >= 4, 'has fewer than four keywords'],
    [isSorted(keywords), 'has keywords out of order'],
    [repository?.directory === path, `lies in ${path}, but repository.directory says otherwise`],
    [
      engines?.node === house.engines?.node,
      `admits Node ${engines?.node}, not ${house.engines?.node}`,
    ],
    [manifest.sideEffects === false, 'does not say "sideEffects": false'],
    [publishConfig?.access === 'public', 'would not be published for everybody'],
    [files.includes('dist'), 'does not ship dist'],
    [files.includes('CHANGELOG.md'), 'does not ship its CHANGELOG.md'],
    ['./package.json' in (manifest.exports ?? {}), 'does not export its package.json'],
    ...Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) =>
      entryFacts(entry, target),
    ),
  ];
  return facts.filter(([holds]) => !holds).map(([, otherwise]) => `${path} ${otherwise}`);
}

/**
 * An entry with code has a branch for import and one for require, each with its types first.
 * @param {string} entry @param {string | Record<string, Record<string, string>>} target
 * @returns {Fact[]}
 */
function entryFacts(entry, target) {
  if (typeof target === 'string')
    return [[!/\.[cm]?js$/.test(target), `has no types for ${entry}`]];
  return [
    ...['import', 'require'].map(
      (kind) => /** @type {Fact} */ ([kind in target, `has no ${kind} for ${entry}`]),
    ),
    ...Object.entries(target).map(
      ([kind, branch]) =>
        /** @type {Fact} */ ([
          Object.keys(branch)[0] === 'types',
          `does not put types first in ${kind} of ${entry}`,
        ]),
    ),
  ];
}

/** @param {readonly string[]} words */
function isSorted(words) {
  return words.every((word, at) => at === 0 || /** @type {string} */ (words[at - 1]) < word);
}

/** The license travels in every package, as people install one. @param {import('./workspace.mjs').Workspace} one */
function licenseProblems({ folder, path }) {
  const own = join(folder, 'LICENSE');
  const text = readFileSync(join(root, 'LICENSE'), 'utf8');
  return existsSync(own) && readFileSync(own, 'utf8') === text
    ? []
    : [`${path} needs a LICENSE equal to the root's`];
}

if (process.argv[1] === import.meta.filename) {
  const house = manifestOf(root);
  report(
    'every package says what the registry and people need',
    workspaces()
      .filter(({ manifest }) => manifest.private !== true)
      .flatMap((one) => [...metadataProblems(one, house), ...licenseProblems(one)]),
  );
}
