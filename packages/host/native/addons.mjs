// The addons that are published, into prebuilds: for each architecture there is a compiler for, Debian's cross
// compiler included. Run by a release, never at install. What comes out must load on every glibc that Node
// runs on, so each is looked at: architecture, newest glibc symbol, whether its stack can be executed.
// `--check` only looks at what is there, and misses none: nothing is published without them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectures, compile, findCompiler } from './compile.mjs';

const folder = join(import.meta.dirname, '..', 'prebuilds');

/** The oldest glibc that Node 20 is built for. */
const newestGlibc = [2, 28];

/** e_machine of an ELF header. */
const machines = { x64: 62, arm64: 183 };
const cross = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };

function pathOf(arch) {
  return join(folder, `forkless-host-linux-${arch}.node`);
}

/** What is wrong with one, or undefined. */
function problemOf(arch) {
  const path = pathOf(arch);
  if (!existsSync(path)) return 'it is not there';
  const bytes = readFileSync(path);
  if (bytes.subarray(0, 4).toString('latin1') !== '\x7fELF') return 'it is no ELF file';
  const machine = bytes.readUInt16LE(18);
  if (machine !== machines[arch]) return `it is for machine ${machine}, not ${machines[arch]}`;
  const symbols = bytes.toString('latin1').matchAll(/GLIBC_(\d+)\.(\d+)/g);
  for (const [name, major, minor] of symbols) {
    if (major > newestGlibc[0] || (Number(major) === newestGlibc[0] && minor > newestGlibc[1]))
      return `it needs ${name}, and Node runs from glibc ${newestGlibc.join('.')} on`;
  }
  return undefined;
}

function build(arch) {
  const native = arch === process.arch ? ['cc', 'gcc', 'clang'] : [];
  const found = findCompiler(arch, [...native, cross[arch]]);
  if ('reason' in found) {
    console.log(`${arch}: not built: ${found.reason}`);
    return true;
  }
  return compile({ compiler: found.compiler, flags: ['-Wl,-s'], output: pathOf(arch) }) === 0;
}

function loads(arch) {
  if (arch !== process.arch || process.platform !== 'linux') return true;
  const code = `process.exitCode = require(${JSON.stringify(pathOf(arch))}).probe().clone`;
  execFileSync(process.execPath, ['--eval', code], { stdio: 'inherit' });
  return true;
}

const onlyChecks = process.argv.includes('--check');
let isGood = true;
for (const arch of architectures) {
  if (!onlyChecks) isGood = build(arch) && isGood;
  const problem = problemOf(arch);
  const isMissing = problem === 'it is not there' && !onlyChecks;
  console.log(`${arch}: ${problem ?? `${readFileSync(pathOf(arch)).length} bytes`}`);
  if (problem === undefined) loads(arch);
  else if (!isMissing) isGood = false;
}
process.exitCode = isGood ? 0 : 1;
