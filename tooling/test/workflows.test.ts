import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../release/report.mjs';
import { manifestOf } from '../release/workspace.mjs';

const folder = join(root, '.github', 'workflows');
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
}));

/** What a workflow types after a word, at each place. */
const typed = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, word = '']) => word);

test.each(workflows)('$name runs only what is there', ({ text }) => {
  const { scripts = {} } = manifestOf(root) as { scripts?: Record<string, string> };
  const wanted = typed(text, /npm run (\S+)(?! --workspace| \S* --workspace)(?=\s|$)/gm);
  expect(wanted.filter((name) => !(name in scripts))).toEqual([]);
  const programs = typed(text, /(?:node|bash) ((?:tooling|\.ci)\/\S+)/g);
  expect(programs.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('every Node that packages admit is tried', () => {
  const check = workflows.find(({ name }) => name === 'check.yml')?.text ?? '';
  const { engines } = manifestOf(root);
  const lowest = /\d+\.\d+/.exec(engines?.node ?? '')?.[0];
  expect(check).toContain(`node: ['${lowest}', '22', '24', '26']`);
});
