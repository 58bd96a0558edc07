import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fidelityPage } from '../docs/fidelity.mjs';
import { brokenLinks, htmlPage, markdownPage } from '../docs/links.mjs';
import { citedIn, sourcesPage } from '../docs/sources.mjs';
import { readChangeset, withLine } from '../release/first-version.mjs';
import { getDependencyReleaseLine, getReleaseLine } from '../release/changelog.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forkless-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('brokenLinks', () => {
  test('a file, a heading of it and an address elsewhere lead somewhere', () => {
    const files = [
      write(
        'a.md',
        '# Of `alloc_pid`, and why\n[b](b.md) [c](b.md#next-step) [d](https://e.org/x)\n',
      ),
      write('b.md', '## Next step\n[back](a.md#of-alloc_pid-and-why) [own](#next-step)\n'),
    ];
    expect(brokenLinks(files, markdownPage, folder)).toEqual([]);
  });

  test('a file that is gone and a heading that was renamed are told, code is not', () => {
    const file = write(
      'c.md',
      '[x](gone.md) [y](b.md#last-step)\n```ts\nf[0](x)\n```\n`a[1](y)`\n',
    );
    const b = write('b.md', '## Next step\n');
    expect(brokenLinks([file, b], markdownPage, folder)).toEqual([
      'c.md: gone.md leads nowhere',
      'c.md: b.md#last-step leads nowhere',
    ]);
  });

  test('pages are followed by id', () => {
    const file = write('d.html', '<a href="#here">x</a><a href="#not">y</a><p id="here">');
    expect(brokenLinks([file], htmlPage, folder)).toEqual(['d.html: #not leads nowhere']);
  });
});

describe('citedIn', () => {
  const text = `
    /** Sets a bit. @see set_bit() */
    export function set(): void {}
    export class Task {
      /**
       * Its name.
       * @see fs/exec.c, __set_task_comm(),
       *   v6.12
       */
      comm = '';
    }
    /** No source. */
    export const none = 1;
  `;

  test('each tag is found with what it stands on, over several lines too', () => {
    expect(citedIn(text, 'a.ts')).toEqual([
      { file: 'a.ts', what: 'set', source: 'set_bit()' },
      { file: 'a.ts', what: 'Task.comm', source: 'fs/exec.c, __set_task_comm(), v6.12' },
    ]);
  });

  test('the page counts them and keeps a bar from breaking its table', () => {
    const cited = [{ file: 'a.ts', what: 'set', source: 'a | b' }];
    const page = sourcesPage([{ name: '@forkless/x', path: 'packages/x', cited }]);
    expect(page).toContain('sources: 1 of them');
    expect(page).toContain('`a \\| b`');
  });
});

test('what was left out is told with its rule and how often', () => {
  const skipped = [{ rule: 'noise' }, { rule: 'noise' }];
  const report = { suite: 'x', files: 1, checks: 1234, passed: 1234, failed: [], skipped };
  const page = fidelityPage([{ title: 'a thing', report }]);
  expect(page).toContain('| `x` | a thing | 1 | 1,234 | 1,234 | 0 | 2 |');
  expect(page).toContain('| `x` | 2 | noise |');
});

test('a changelog is the sentences of changesets, without hashes', async () => {
  expect(await getReleaseLine({ summary: 'One thing.\n\nMore of it.\n' })).toBe(
    '- One thing.\n\n  More of it.',
  );
  expect(await getDependencyReleaseLine([], [{ name: '@forkless/sim', newVersion: '0.1.1' }])).toBe(
    '- Takes up @forkless/sim 0.1.1.',
  );
});

test('changesets go into the first version once, under the names they are for', () => {
  const changeset = readChangeset(
    "---\n'@forkless/sim': minor\n'forkless': minor\n---\n\nOne thing.\n",
  );
  expect(changeset).toEqual({ names: ['@forkless/sim', 'forkless'], summary: 'One thing.' });
  const once = withLine('forkless', '', '- One thing.');
  expect(once).toBe('# forkless\n\n## 0.1.0\n\n- One thing.\n');
  expect(withLine('forkless', once, '- One thing.')).toBe(once);
  expect(withLine('forkless', once, '- Two.')).toBe(`${once}- Two.\n`);
});
