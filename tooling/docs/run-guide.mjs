// Lays out a guide as a reader would: its files and programs in a folder of their own below out/, where the
// packages of the repository are found, and commands with an `npx` that knows `forkless` and nothing else.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import ts from 'typescript';
import { root } from '../release/report.mjs';
import { codeBlocks } from './code-blocks.mjs';

const TYPESCRIPT = /\.ts$/;

/** Programs are modules that find `./file.ts` beside them as `./file.mjs`. @param {string} text */
function toJavaScript(text) {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  return outputText.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.mjs'");
}

/**
 * @param {string} guide its path
 * @param {string} folder where to lay it out; made anew
 * @returns {{ block: import('./code-blocks.mjs').CodeBlock, name: string, command: readonly string[] | undefined }[]}
 *   what to run for each block, in order; undefined for files that others use
 */
export function layOut(guide, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const command = join(root, 'apps', 'bench', 'bin', 'forkless.js');
  const npx = `#!/bin/sh\n[ "$1" = forkless ] || { echo "npx $1?"; exit 1; }\nshift\nexec '${process.execPath}' '${command}' "$@"\n`;
  writeFileSync(join(folder, 'bin', 'npx'), npx);
  chmodSync(join(folder, 'bin', 'npx'), 0o755);
  return codeBlocks(readFileSync(guide, 'utf8')).map((block) => {
    const name = block.file ?? `line-${block.line}.${block.language}`;
    if (block.language === 'ts') {
      writeFileSync(join(folder, name), block.text);
      const script = name.replace(TYPESCRIPT, '.mjs');
      writeFileSync(join(folder, script), toJavaScript(block.text));
      return {
        block,
        name,
        command: block.file === undefined ? [process.execPath, script] : undefined,
      };
    }
    writeFileSync(join(folder, name), `set -e\n${block.text}`);
    return { block, name, command: ['bash', name] };
  });
}

/** The environment of commands: the guide's `npx` first, no colours. @param {string} folder */
export function guideEnvironment(folder) {
  return {
    ...process.env,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    REPOSITORY: root,
    NO_COLOR: '1',
  };
}
