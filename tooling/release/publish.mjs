// Publishes every public package whose version is not out yet, lowest floor first so that no package is
// out before what it needs. `--dry-run` does everything but the publishing.
import { spawnSync } from 'node:child_process';
import { report, root } from './report.mjs';
import { siblingsOf, workspaces } from './workspace.mjs';

/**
 * Packages so ordered that each comes after the siblings it needs.
 * @param {readonly import('./workspace.mjs').Workspace[]} all
 */
export function lowestFirst(all) {
  return all.toSorted((a, b) => siblingsOf(a, all).length - siblingsOf(b, all).length);
}

/** @param {readonly string[]} args */
function npm(...args) {
  return spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
}

/** Whether the registry has this version. @param {import('./workspace.mjs').Manifest} manifest */
function isOut({ name, version }) {
  const { status, stdout } = npm('view', `${name}@${version}`, 'version', '--loglevel=silent');
  return status === 0 && stdout.trim() === version;
}

/** @param {import('./workspace.mjs').Workspace} one @param {boolean} isDry @returns {string[]} */
function publish({ path, manifest }, isDry) {
  if (!isDry && isOut(manifest)) return [];
  const dry = isDry ? ['--dry-run', '--json'] : [];
  const command = [
    'publish',
    ...dry,
    '--access',
    'public',
    '--workspace',
    path,
    '--loglevel=error',
  ];
  const { status, stdout, stderr } = npm(...command);
  if (status !== 0) return [`${manifest.name} ${manifest.version}: ${stderr.trim()}`];
  if (!isDry) console.log(`${manifest.name} ${manifest.version} is out`);
  return isDry ? missingIn(manifest.name, JSON.parse(stdout)) : [];
}

/**
 * What a tarball must hold and does not; some npm put the account of it under the package's name.
 * @param {string} name @param {any} packed @returns {string[]}
 */
export function missingIn(name, packed) {
  const { files, size } = packed[name] ?? packed;
  console.log(`${name}: ${files.length} files, ${Math.ceil(size / 1024)} KiB`);
  const held = new Set(files.map((/** @type {{ path: string }} */ { path }) => path));
  return [
    'package.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'dist/index.js',
    'dist/index.d.ts',
  ]
    .filter((file) => !held.has(file))
    .map((file) => `the tarball of ${name} has no ${file}`);
}

if (process.argv[1] === import.meta.filename) {
  const isDry = process.argv.includes('--dry-run');
  const publics = lowestFirst(workspaces().filter(({ manifest }) => manifest.private !== true));
  report(
    isDry ? `${publics.length} packages could be published` : 'everything is out',
    publics.flatMap((one) => publish(one, isDry)),
  );
}
