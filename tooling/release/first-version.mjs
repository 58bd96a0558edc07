// Before anything is published every change belongs to the first version: takes the pending changesets into
// the 0.1.0 of each changelog they name and removes them. From then on `npx changeset version` does this.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getReleaseLine } from './changelog.mjs';
import { report, root } from './report.mjs';
import { workspaces } from './workspace.mjs';

const FIRST = '0.1.0';
const folder = join(root, '.changeset');

/** @param {string} text @returns {{ names: string[], summary: string }} */
export function readChangeset(text) {
  const [, head = '', summary = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
  return {
    names: [...head.matchAll(/^['"]?([^'":\n]+)['"]?\s*:/gm)].map(([, name = '']) => name),
    summary: summary.trim(),
  };
}

/** The changelog with one more line under its first version. @param {string} name @param {string} text what there is @param {string} line */
export function withLine(name, text, line) {
  const start = text === '' ? `# ${name}\n\n## ${FIRST}\n` : text.trimEnd();
  return text.includes(line) ? text : `${start}\n${line}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const all = workspaces();
  const pending = readdirSync(folder).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  /** @type {string[]} */
  const problems = [];
  for (const name of pending.toSorted()) {
    const changeset = readChangeset(readFileSync(join(folder, name), 'utf8'));
    const line = await getReleaseLine(changeset);
    for (const wanted of changeset.names) {
      const one = all.find(({ manifest }) => manifest.name === wanted);
      if (one?.manifest.version !== FIRST) {
        problems.push(`${name}: ${wanted} is no package at ${FIRST}; use npx changeset version`);
        continue;
      }
      const file = join(one.folder, 'CHANGELOG.md');
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      writeFileSync(file, withLine(wanted, text, line));
    }
    if (problems.length === 0) rmSync(join(folder, name));
  }
  report(`${pending.length} changesets went into ${FIRST}`, problems);
}
