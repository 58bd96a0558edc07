// Builds the packages whose sources changed since the last build. The question "did any?" is answered
// from file times alone, so that a second call starts at once; what to build is left to turbo.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { installed, node, root } from './command.mjs';

const stampFile = join(root, 'node_modules', '.forkless-build');
const notBuiltFrom = new Set([
  'node_modules',
  'dist',
  'test',
  'bench',
  'out',
  'coverage',
  '.turbo',
]);

/** Builds what is missing or stale. Resolves to an exit status. */
export async function build() {
  const folders = packageFolders();
  const stamp = stampOf([
    ...folders,
    join(root, 'tooling', 'tsconfig'),
    join(root, 'tooling', 'tsup'),
  ]);
  if (stamp === lastStamp() && folders.every(isBuilt)) return 0;
  console.error('forkless: building the packages (turbo run build) …');
  const status = await node(...turboArguments('build'));
  if (status === 0) writeFileSync(stampFile, stamp);
  else console.error(`forkless: the build ended with status ${status}, see above.`);
  return status;
}

/** What to give Node to run tasks of turbo.json over all packages, printing only what ran anew. */
export function turboArguments(...tasks) {
  return [
    installed('turbo/bin/turbo'),
    'run',
    ...tasks,
    '--ui=stream',
    '--output-logs=new-only',
    `--concurrency=${Math.max(2, os.availableParallelism())}`,
  ];
}

/** Every package and app of the repository, as absolute folders. */
function packageFolders() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => join(root, group, name))
      .filter((folder) => existsSync(join(folder, 'package.json'))),
  );
}

/** Whether the files that others load from a package are there, apart from how old they are. */
function isBuilt(folder) {
  const { scripts, main, module, types } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  if (scripts?.build === undefined) return true;
  const entries = [main, module, types].filter((entry) => entry !== undefined);
  return [...entries, 'dist'].every((entry) => existsSync(join(folder, entry)));
}

function lastStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
}

/** A hash over names, sizes and times of the files a build may read. */
function stampOf(folders) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (notBuiltFrom.has(entry.name) || entry.name.endsWith('.md')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) visit(path);
    }
  };
  folders.forEach(walk);
  return hash.digest('hex');
}
