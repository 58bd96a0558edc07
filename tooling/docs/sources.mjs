// Writes docs/sources.md: each modelled behaviour and the kernel file, man page or message it comes from, as
// the `@see` tags of the sources say. `--check` changes nothing and fails where the page is not current.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { report, root } from '../release/report.mjs';
import { workspaces } from '../release/workspace.mjs';

const page = join(root, 'docs', 'sources.md');

/** @typedef {{ file: string, what: string, source: string }} Cited */

/** Every `@see` of one file, with what it stands on. @param {string} text @param {string} file @returns {Cited[]} */
export function citedIn(text, file) {
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  /** @type {Cited[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'see' || tag.parent.parent !== node) continue;
      const source = tag
        .getText()
        .replace(/^@see\s*/, '')
        .replace(/\s*\n\s*\*?\s*/g, ' ')
        .replace(/\s*\*\/$/, '')
        .trim();
      // A reference to a neighbour is no source.
      if (source !== '' && !source.startsWith('{@link'))
        found.push({ file, what: nameOf(node), source });
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return found;
}

/** `Task.comm`, `alloc`, `CLONE_VM`. @param {ts.Node} node @returns {string} */
function nameOf(node) {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map((one) => one.name.getText()).join(', ');
  }
  const own =
    'name' in node ? /** @type {ts.Node | undefined} */ (node.name)?.getText() : undefined;
  const name = own ?? (ts.isConstructorDeclaration(node) ? 'constructor' : 'the file');
  const { parent } = node;
  const isMember =
    parent !== undefined && (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent));
  return isMember ? `${parent.name?.getText() ?? ''}.${name}` : name;
}

/** @param {string} folder @returns {string[]} */
function sourcesBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.replaceAll('\\', '/'))
    .toSorted();
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('`', '');
}

/** @param {readonly { name: string, path: string, cited: readonly Cited[] }[]} packages */
export function sourcesPage(packages) {
  const parts = packages.map(({ name, path, cited }) => {
    const rows = cited.map(
      ({ file, what, source }) =>
        `| [\`${file}\`](../${path}/src/${file}) | \`${cell(what)}\` | \`${cell(source)}\` |`,
    );
    return `## ${name}\n\n| in | what | comes from |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const count = packages.reduce((sum, { cited }) => sum + cited.length, 0);
  return `# Where each behaviour comes from

Written by \`npm run generate\` from the \`@see\` tags of the sources: ${count} of them. GPL sources were read for facts, no code or
wording was taken. Where the model departs from its source, a comment \`MODEL:\` at the place says so and why.

${parts.join('\n')}`;
}

if (process.argv[1] === import.meta.filename) {
  const packages = workspaces()
    .filter(({ path }) => path.startsWith('packages/'))
    .map(({ folder, path, manifest }) => ({
      name: manifest.name,
      path,
      cited: sourcesBelow(join(folder, 'src')).flatMap((file) =>
        citedIn(readFileSync(join(folder, 'src', file), 'utf8'), file),
      ),
    }))
    .filter(({ cited }) => cited.length > 0);
  const text = sourcesPage(packages);
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  report(
    'docs/sources.md is what the sources say',
    readFileSync(page, 'utf8') === text
      ? []
      : ['docs/sources.md is not what the sources say; `npm run generate` writes it anew'],
  );
}
