// A loop in the manner of a coding agent: a runtime that holds files open and starts short tools.
import { execFile } from 'node:child_process';
import { openSync } from 'node:fs';
import { promisify } from 'node:util';
const run = promisify(execFile);
for (let i = 0; i < 12; i++) openSync('words.txt');
const tools = [
  ['grep', ['-n', 'e', 'words.txt']],
  ['sed', ['-n', '1,3p', 'words.txt']],
  ['sh', ['-c', 'ls | wc -l']],
  ['no-such-tool', []],
  ['env', ['true']],
];
for (let round = 0; round < 3; round++) {
  await Promise.all(tools.map(([file, args]) => run(file, args).catch(() => undefined)));
}
