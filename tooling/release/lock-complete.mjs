// Checks that package-lock.json holds the packages of every platform. Native tools publish one optional
// package a platform; a registry mirror that lags makes npm leave some out silently, and `npm ci` then
// fails here or on somebody else's machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, root } from './report.mjs';

/**
 * The optional packages a lock file names but does not hold, by the `name@version` that asks for them.
 * @param {{ packages: Record<string, { version?: string, optionalDependencies?: Record<string, string> }> }} lock
 * @returns {Map<string, string[]>}
 */
export function missingFromLock(lock) {
  const held = new Set(Object.keys(lock.packages).map(nameOf));
  const missing = new Map();
  for (const [path, { version, optionalDependencies = {} }] of Object.entries(lock.packages)) {
    const names = Object.keys(optionalDependencies).filter((name) => !held.has(name));
    if (names.length > 0) missing.set(`${nameOf(path)}@${version}`, names);
  }
  return missing;
}

/** @param {string} path a key of the lock file's `packages` */
function nameOf(path) {
  return path.replace(/^.*node_modules\//, '');
}

if (process.argv[1] === import.meta.filename) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  report(
    'the lock file is complete',
    [...missingFromLock(lock)].map(([asker, names]) => `${asker} misses ${names.join(', ')}`),
  );
}
