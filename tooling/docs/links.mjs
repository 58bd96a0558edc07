// Checks that every link within the repository's Markdown leads to a file that is there, and to a heading where
// it names one; with a folder as argument, the same for the pages below it. Addresses elsewhere are not asked.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join, relative, resolve } from 'node:path';
import { report, root } from '../release/report.mjs';

const elsewhere = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** The heading's anchor as code hosts make it. @param {string} heading */
function anchorOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/**
 * @typedef {{ links: readonly string[], anchors: ReadonlySet<string> }} Page
 */

/** @param {string} text @returns {Page} */
export function markdownPage(text) {
  const prose = text.replace(/^```.*?^```$/gms, '');
  const plain = prose.replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));
  return {
    links: [...plain.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link),
    anchors: new Set(
      [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)),
    ),
  };
}

/** @param {string} text @returns {Page} */
export function htmlPage(text) {
  const values = (/** @type {RegExp} */ pattern) =>
    [...text.matchAll(pattern)].map(([, value = '']) => value);
  return {
    links: values(/\s(?:href|src)="([^"]*)"/g).map((link) => link.replaceAll('&amp;', '&')),
    anchors: new Set(values(/\sid="([^"]*)"/g)),
  };
}

/**
 * Links that lead nowhere, one sentence each.
 * @param {readonly string[]} files absolute @param {(text: string) => Page} read @param {string} base what paths are told from
 * @returns {string[]}
 */
export function brokenLinks(files, read, base) {
  const pages = new Map(files.map((file) => [file, read(readFileSync(file, 'utf8'))]));
  return [...pages].flatMap(([file, { links }]) =>
    links
      .filter((link) => link !== '' && !elsewhere.test(link))
      .filter((link) => !leads(link, file, pages))
      .map((link) => `${relative(base, file)}: ${link} leads nowhere`),
  );
}

/** @param {string} link @param {string} from @param {ReadonlyMap<string, Page>} pages */
function leads(link, from, pages) {
  const [path = '', anchor] = link.split('#');
  const place = path.split('?')[0] ?? '';
  const target = place === '' ? from : resolve(dirname(from), decodeURIComponent(place));
  if (!existsSync(target)) return false;
  const page = pages.get(statSync(target).isDirectory() ? join(target, 'README.md') : target);
  return (
    anchor === undefined ||
    anchor === '' ||
    page === undefined ||
    page.anchors.has(decodeURIComponent(anchor))
  );
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2];
  if (folder === undefined) {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
      cwd: root,
      encoding: 'utf8',
    });
    const files = listed.split('\n').filter((name) => name !== '' && existsSync(join(root, name)));
    const absolute = files.map((name) => join(root, name));
    report(
      `the links of ${files.length} Markdown files lead somewhere`,
      brokenLinks(absolute, markdownPage, root),
    );
  } else {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    const absolute = files.map((name) => resolve(folder, name));
    report(
      `the links of ${files.length} pages lead somewhere`,
      brokenLinks(absolute, htmlPage, folder),
    );
  }
}
