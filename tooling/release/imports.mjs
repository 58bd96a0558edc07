// Checks that what a package imports is what it depends on: each import of the sources is a declared
// dependency and each declared dependency is imported, no relative import leaves the package, tests and
// benches take in nothing undeclared, and the floor of every package is known to the linter.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { report, root } from './report.mjs';
import { manifestOf, workspaces } from './workspace.mjs';

const sourceFile = /\.(ts|tsx|mts|mjs|js|cjs)$/;

/**
 * What is wrong between the imports and the dependencies of one package, one sentence each.
 * @param {import('./workspace.mjs').Workspace} workspace
 * @param {ReadonlySet<string>} forTests what tests and benches of every package may import
 * @returns {string[]}
 */
export function importProblems({ folder, path, manifest }, forTests) {
  const declared = new Set(
    Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    }),
  );
  const used = importsOf(join(folder, 'src'));
  const usedByTests = [...importsOf(join(folder, 'test')), ...importsOf(join(folder, 'bench'))];
  const mayTest = new Set([
    ...declared,
    ...forTests,
    ...Object.keys(manifest.devDependencies ?? {}),
    manifest.name,
  ]);
  return [
    ...[...used]
      .filter((name) => !declared.has(name) && name !== manifest.name)
      .map((name) => `${path} imports ${name} in src but does not depend on it`),
    ...[...declared]
      .filter((name) => !used.has(name))
      .map((name) => `${path} depends on ${name} but imports it nowhere in src`),
    ...usedByTests
      .filter((name) => !mayTest.has(name))
      .map((name) => `${path} imports ${name} in test or bench but declares it nowhere`),
    ...importsOutOf(folder),
  ];
}

/** Relative imports that leave the package; tests may reach for tooling. @param {string} folder */
function importsOutOf(folder) {
  return ['src', 'test', 'bench'].flatMap((part) => {
    const allowed = [folder, ...(part === 'src' ? [] : [join(root, 'tooling')])];
    return filesBelow(join(folder, part)).flatMap((file) =>
      importsIn(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => {
          const target = resolve(dirname(file), specifier);
          return !allowed.some((one) => target.startsWith(`${one}/`));
        })
        .map(
          (specifier) =>
            `${relative(root, file)} imports ${specifier}; import another package by its name`,
        ),
    );
  });
}

/** The packages (not the built-in modules, not the local files) imported below a folder. @param {string} folder */
function importsOf(folder) {
  const names = new Set();
  for (const file of filesBelow(folder)) {
    for (const specifier of importsIn(file)) {
      const name = packageOf(specifier);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** What one file imports, as written. @param {string} file */
function importsIn(file) {
  return ts
    .preProcessFile(readFileSync(file, 'utf8'))
    .importedFiles.map(({ fileName }) => fileName);
}

/** `@forkless/pid/x` → `@forkless/pid`, `node:fs` and `./x.ts` → undefined. @param {string} specifier */
function packageOf(specifier) {
  if (/^[./#]|^node:/.test(specifier) || builtinModules.includes(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => sourceFile.test(name) && !name.includes('node_modules'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The folders for which the linter has a floor rule. @returns {Set<string>} */
function foldersWithFloor() {
  const { overrides } = JSON.parse(readFileSync(join(root, 'tooling/lint/floors.json'), 'utf8'));
  return new Set(
    overrides.flatMap((/** @type {{ files: string[] }} */ { files }) =>
      files.map((file) => file.replace(/\/\*\*$/, '')),
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  const floors = foldersWithFloor();
  const forTests = new Set(Object.keys(manifestOf(root).devDependencies ?? {}));
  report(
    'imports and dependencies agree',
    workspaces().flatMap((workspace) => [
      ...importProblems(workspace, forTests),
      ...(floors.has(workspace.path)
        ? []
        : [`${workspace.path} has no floor yet; give it one in tooling/lint/floors.json`]),
    ]),
  );
}
