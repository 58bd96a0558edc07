// Checks that each public package works for somebody who installs just that one: its tarball, with
// those of its siblings, goes into an empty folder; the first example of its README is type-checked and
// run there as ESM, its entry is required as CJS and has the same names, and its commands answer through npx.
// Arguments, if any, are the names of the packages to check.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { report, root } from './report.mjs';
import { run } from './run.mjs';
import { siblingsOf, workspaces } from './workspace.mjs';

const typescript = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const typecheckOptions = [
  ...'--noEmit --strict --skipLibCheck --target es2023 --module nodenext --types node'.split(' '),
  '--typeRoots',
  join(root, 'node_modules', '@types'),
  'example.mts',
];

/**
 * What is wrong with one packed package, one sentence each; the first broken step ends its check.
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {readonly import('./workspace.mjs').Workspace[]} all
 * @param {string} packed the folder with the tarballs
 * @returns {Promise<string[]>}
 */
async function problemsOf(workspace, all, packed) {
  const { name, bin = {}, types } = workspace.manifest;
  const folder = join(packed, tarballOf(workspace).replace(/\.tgz$/, ''));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  /** @type {[what: string, step: () => Promise<string | undefined>][]} */
  const steps = [
    ['installing it', () => install(folder, [workspace, ...siblingsOf(workspace, all)])],
    ['the example of its README', () => runExample(join(folder, 'node_modules', name), folder)],
    ['requiring it', () => (types === undefined ? nothing() : requireIt(folder, name))],
    ...Object.keys(bin).map(
      (command) =>
        /** @type {[string, () => Promise<string | undefined>]} */ ([
          `npx ${command}`,
          () => answers(folder, command),
        ]),
    ),
  ];
  for (const [what, step] of steps) {
    const problem = await step();
    if (problem !== undefined) return [`${name}: ${what} failed: ${problem.trim()}`];
  }
  return [];
}

async function nothing() {
  return undefined;
}

/**
 * Cached packages are taken as they are; the network is asked only for what was never fetched.
 * @param {string} folder @param {readonly import('./workspace.mjs').Workspace[]} packages
 */
function install(folder, packages) {
  const tarballs = packages.map((one) => join('..', tarballOf(one)));
  return run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs],
    folder,
  );
}

/** @param {string} installed the package as installed @param {string} folder */
async function runExample(installed, folder) {
  const example = firstExample(installed);
  if (example === undefined) return 'its tarball has no README.md with a ```ts block';
  writeFileSync(join(folder, 'example.mts'), example);
  const problem = await run(process.execPath, [typescript, ...typecheckOptions], folder);
  if (problem !== undefined) return problem;
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  writeFileSync(join(folder, 'example.mjs'), outputText);
  return run(process.execPath, ['example.mjs'], folder);
}

/** @param {string} installed @returns {string | undefined} */
function firstExample(installed) {
  try {
    const text = readFileSync(join(installed, 'README.md'), 'utf8');
    return /^```ts\n(.*?)^```$/ms.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** @param {string} folder @param {string} name */
function requireIt(folder, name) {
  writeFileSync(
    join(folder, 'require.cjs'),
    `const names = (exports) => Object.keys(exports).filter((one) => one !== 'default').sort().join();
     const required = names(require(${JSON.stringify(name)}));
     import(${JSON.stringify(name)}).then((imported) => {
       if (names(imported) === required) return;
       console.error('require gives ' + required + ', import gives ' + names(imported));
       process.exitCode = 1;
     });\n`,
  );
  return run(process.execPath, ['require.cjs'], folder);
}

/** What each command is asked besides --help: something that loads all it is made of. */
const questions = new Map([
  [
    'forkless',
    [['experiments'], ['run', 'weighted-interleave', '--json'], ['topology', 'epyc-2s-nps4']],
  ],
]);

/** Asks a command as a user would, through npx, which may not fetch it. @param {string} folder @param {string} command */
async function answers(folder, command) {
  for (const question of [['--help'], ...(questions.get(command) ?? [])]) {
    const problem = await run('npx', ['--no', '--offline', command, ...question], folder);
    if (problem !== undefined) return `${command} ${question.join(' ')}: ${problem}`;
  }
  return undefined;
}

/** The name npm gives a packed package. @param {import('./workspace.mjs').Workspace} workspace */
function tarballOf({ manifest: { name, version } }) {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}

/** @param {readonly string[]} names */
async function main(names) {
  const all = workspaces().filter(({ manifest }) => manifest.private !== true);
  const unknown = names.filter((name) => !all.some(({ manifest }) => manifest.name === name));
  if (unknown.length > 0) return report('', [`no public package is called ${unknown.join(', ')}`]);
  const packed = mkdtempSync(join(tmpdir(), 'forkless-pack-'));
  try {
    const paths = all.flatMap(({ path }) => ['--workspace', path]);
    const problem = await run(
      'npm',
      ['pack', '--loglevel=error', '--pack-destination', packed, ...paths],
      root,
    );
    if (problem !== undefined) return report('', [`npm pack failed: ${problem}`]);
    const wanted = all.filter(
      ({ manifest }) => names.length === 0 || names.includes(manifest.name),
    );
    const queue = [...wanted];
    /** @type {string[]} */
    const problems = [];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        problems.push(...(await problemsOf(next, all, packed)));
      }
    };
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
    return report(`${wanted.length} packages work when installed alone`, problems);
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
