// Installs what package-lock.json says, unless node_modules already holds exactly that.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root } from './command.mjs';

/**
 * Whether node_modules agrees with package-lock.json: npm leaves a lock file of what it installed in
 * there as its last act, so an interrupted or foreign installation, or one from before the last
 * `git pull`, is told by comparing the two.
 */
export function isInstalled() {
  const locked = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (locked === undefined || present === undefined) return false;
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return (
      found.version === entry.version &&
      found.integrity === entry.integrity &&
      JSON.stringify(found.dependencies) === JSON.stringify(entry.dependencies) &&
      isForThisMachine(found)
    );
  });
}

/** Installs from the lock file where needed. Resolves to an exit status. */
export async function install() {
  if (isInstalled()) return 0;
  console.error('forkless: installing what package-lock.json lists (npm ci) …');
  // Named because NODE_ENV=production or an npmrc would leave out the tools that build.
  const status = await npm(
    'ci',
    '--include=dev',
    '--include=optional',
    // Nothing here needs one, and what is not run cannot surprise.
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  );
  if (status !== 0) {
    console.error(
      `forkless: npm ci ended with status ${status}, see above. It needs the package registry (or a filled npm cache).`,
    );
  }
  return status;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function isForThisMachine({ os, cpu }) {
  return admits(os, process.platform) && admits(cpu, process.arch);
}

/** npm's `os` and `cpu` lists: names that fit, or names with `!` that do not. */
function admits(list, name) {
  if (list === undefined) return true;
  if (list.includes(`!${name}`)) return false;
  return list.includes(name) || list.every((entry) => entry.startsWith('!'));
}
