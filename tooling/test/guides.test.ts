import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeBlocks, isPrinted } from '../docs/code-blocks.mjs';
import { guideEnvironment, layOut } from '../docs/run-guide.mjs';
import { root } from '../release/report.mjs';

const guides = join(root, 'docs', 'guides');
const out = join(root, 'out', 'guides');
const names = readdirSync(guides).filter((name) => /^(?!README).*\.md$/.test(name));
const laidOut = names.map((name) => {
  const folder = join(out, name.replace(/\.md$/, ''));
  return { name, folder, programs: layOut(join(guides, name), folder) };
});

/** Runs a program there; what it printed, with its complaints where it failed. */
function run([file = '', ...args]: readonly string[], folder: string) {
  const env = guideEnvironment(folder);
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('all TypeScript of the guides is typed', () => {
  const config = {
    extends: '../../tooling/tsconfig/node.json',
    compilerOptions: { noUnusedLocals: false, noPropertyAccessFromIndexSignature: false },
    include: ['*/*.ts', join(root, 'apps', 'bench', 'examples', '*.ts')],
  };
  writeFileSync(join(out, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = run([process.execPath, tsc, '--noEmit', '-p', out], out);
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

describe.each(laidOut)('$name', ({ name, folder, programs }) => {
  test('has code, and every block of it is one that can be run', () => {
    const languages = new Set(programs.map(({ block }) => block.language));
    expect(programs.length).toBeGreaterThan(0);
    expect([...languages].every((language) => ['ts', 'sh'].includes(language))).toBe(true);
  });

  for (const { block, command } of programs) {
    if (command === undefined) continue;
    test(`line ${block.line} runs and prints what is said`, (context) => {
      const missing = block.needs.find((program) => run(['which', program], folder).status !== 0);
      if (missing !== undefined) context.skip(`there is no ${missing} here`);
      const { status, stdout, stderr } = run(command, folder);
      expect(stderr === '' || status === 0 ? '' : stderr).toBe('');
      expect(status, `${name}: ${stdout}${stderr}`).toBe(0);
      if (block.prints !== undefined && !isPrinted(block.prints, stdout)) {
        expect(stdout).toBe(block.prints);
      }
    });
  }
});

describe('code blocks', () => {
  test('words after the language and the text after a block belong to it', () => {
    const blocks = codeBlocks(
      'a\n```sh needs=strace,perf\nls\n```\n```text\nb\n```\n```ts file=x.ts\n1\n```\n',
    );
    expect(blocks).toEqual([
      { language: 'sh', text: 'ls\n', line: 2, needs: ['strace', 'perf'], prints: 'b\n' },
      { language: 'ts', text: '1\n', line: 8, needs: [], file: 'x.ts' },
    ]);
  });

  test('what differs from what is said is told, but for what may differ', () => {
    expect(isPrinted('a\nb\n', 'a\nb\n')).toBe(true);
    expect(isPrinted('a\n', 'a\nb\n')).toBe(false);
    expect(isPrinted('a\n…\nz\n', 'a\nb\nc\nz\n')).toBe(true);
    expect(isPrinted('took … ms\n', 'took 12.5 ms\n')).toBe(true);
    expect(isPrinted('took … ms\n', 'took 12.5 s\n')).toBe(false);
  });

  test('no guide is without a line in the list of them', () => {
    const list = readFileSync(join(guides, 'README.md'), 'utf8');
    expect(names.filter((name) => !list.includes(`(${name})`))).toEqual([]);
  });
});
