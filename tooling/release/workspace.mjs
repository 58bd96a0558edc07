// What the repository holds: every package with its manifest, and which siblings each one needs.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './report.mjs';

/**
 * @typedef {{
 *   name: string, version: string, private?: boolean, main?: string, types?: string,
 *   license?: string, description?: string, keywords?: string[], files?: string[],
 *   sideEffects?: boolean, engines?: { node?: string }, publishConfig?: { access?: string },
 *   repository?: { directory?: string }, bin?: Record<string, string>,
 *   exports?: Record<string, string | Record<string, Record<string, string>>>,
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string>,
 *   peerDependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 * }} Manifest
 * @typedef {{ folder: string, path: string, manifest: Manifest }} Workspace `path` is from the root
 */

/** Every package and app. @returns {Workspace[]} */
export function workspaces() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => ({ folder: join(root, group, name), path: `${group}/${name}` }))
      .filter(({ folder }) => existsSync(join(folder, 'package.json')))
      .map(({ folder, path }) => ({ folder, path, manifest: manifestOf(folder) })),
  );
}

/** @param {string} folder @returns {Manifest} */
export function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/**
 * The siblings a package needs at run time, directly or through others.
 * @param {Workspace} workspace @param {readonly Workspace[]} all @returns {Workspace[]}
 */
export function siblingsOf(workspace, all) {
  const byName = new Map(all.map((one) => [one.manifest.name, one]));
  const found = new Set();
  /** @param {Workspace} one */
  const visit = ({ manifest }) => {
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const sibling = byName.get(name);
      if (sibling === undefined || found.has(sibling)) continue;
      found.add(sibling);
      visit(sibling);
    }
  };
  visit(workspace);
  return [...found];
}
