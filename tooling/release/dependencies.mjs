// Checks what comes with us from elsewhere: a license that allows it, nothing its makers have given up,
// nothing that needs a script at installation, and for each package that users get a line in
// docs/dependencies.md that says who keeps it and why it is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, root } from './report.mjs';
import { workspaces } from './workspace.mjs';

/** Licenses that ask no more than to be named, and those we use for tools but do not hand on. */
const free = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
]);
const freeAsTool = new Set([...free, 'MPL-2.0', 'Python-2.0']);

/** Packages whose license the lock file does not name, as read in their files. */
const readByHand = new Map([['spawndamnit', 'MIT']]);

/** Tools with an installation script, and why they do without: `npm ci` here runs none. */
const scriptNotNeeded = new Map([
  ['esbuild', 'only puts the binary in place of a wrapper that works as well'],
  ['msgpackr-extract', 'an optional, faster part of msgpackr, for tests of the BullMQ engine'],
]);

/**
 * @typedef {{ version?: string, license?: string, dev?: boolean, devOptional?: boolean, link?: boolean,
 *   hasInstallScript?: boolean, deprecated?: string }} Locked
 */

/**
 * What is wrong with the packages of a lock file, one sentence each.
 * @param {{ packages: Record<string, Locked> }} lock @returns {string[]}
 */
export function dependencyProblems({ packages }) {
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .flatMap(([path, locked]) => {
      const name = path.replace(/^.*node_modules\//, '');
      return problemsOf(name, locked).map((problem) => `${name}@${locked.version} ${problem}`);
    });
}

/** @param {string} name @param {Locked} locked @returns {string[]} */
function problemsOf(name, locked) {
  const isTool = locked.dev === true || locked.devOptional === true;
  const license = readByHand.get(name) ?? locked.license;
  const mayScript = isTool && scriptNotNeeded.has(name);
  return [
    ...(isAllowed(license, isTool ? freeAsTool : free)
      ? []
      : [`has the license ${license ?? 'of no name'}`]),
    ...(locked.deprecated === undefined ? [] : [`is given up by its makers: ${locked.deprecated}`]),
    ...(locked.hasInstallScript === true && !mayScript ? ['has an installation script'] : []),
  ];
}

/** An SPDX expression of one license, or several of which one may be chosen. @param {string | undefined} license @param {ReadonlySet<string>} allowed */
function isAllowed(license, allowed) {
  return (license ?? '')
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((one) => allowed.has(one));
}

/**
 * Packages of others that users of ours get, without a line in the table of docs/dependencies.md.
 * @param {readonly import('./workspace.mjs').Workspace[]} all @param {string} table @returns {string[]}
 */
export function unexplained(all, table) {
  const own = new Set(all.map(({ manifest }) => manifest.name));
  return all
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ path, manifest }) =>
      Object.entries({
        ...manifest.dependencies,
        ...manifest.peerDependencies,
        ...manifest.optionalDependencies,
      })
        .filter(([name]) => !own.has(name))
        .filter(([name, version]) => !table.includes(`| ${name} ${version} |`))
        .map(
          ([name, version]) =>
            `${path} depends on ${name} ${version}, which has no line in docs/dependencies.md`,
        ),
    );
}

/** Licenses as installed may differ from what the lock file says. @param {Record<string, Locked>} packages @returns {string[]} */
function installedOtherwise(packages) {
  return Object.entries(packages).flatMap(([path, { license, link }]) => {
    const file = join(root, path, 'package.json');
    if (!path.includes('node_modules/') || link === true || !existsSync(file)) return [];
    const installed = JSON.parse(readFileSync(file, 'utf8')).license;
    return typeof installed !== 'string' || installed === license
      ? []
      : [`${path} is installed with the license ${installed}, and the lock file says ${license}`];
  });
}

if (process.argv[1] === import.meta.filename) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const table = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8');
  report(`${Object.keys(lock.packages).length} packages from elsewhere may be used as they are`, [
    ...dependencyProblems(lock),
    ...installedOtherwise(lock.packages),
    ...unexplained(workspaces(), table),
  ]);
}
