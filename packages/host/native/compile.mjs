// One call of a C compiler: the sources, the flags, the N-API headers from npm.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = import.meta.dirname;
/** Architectures whose system calls raw.h knows. */
export const architectures = ['x64', 'arm64'];
const sources = ['raw.c', 'child.c', 'helper.c', 'owner.c', 'scratch.c', 'addon.c'];

/**
 * The first of the compilers that there is, or why none can be used.
 * @param {string} arch @param {readonly string[]} candidates
 * @returns {{ compiler: string } | { reason: string }}
 */
export function findCompiler(arch, candidates) {
  if (process.platform !== 'linux')
    return { reason: `it is for Linux, and this is ${process.platform}` };
  if (!architectures.includes(arch)) return { reason: `it has no system calls for ${arch}` };
  if (!isGlibc())
    return { reason: 'it is built for glibc, and this Node runs on another C library' };
  const compiler = candidates.find(
    (candidate) => spawnSync(candidate, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  return compiler === undefined ? { reason: 'there is no C compiler' } : { compiler };
}

function isGlibc() {
  return process.report?.getReport().header.glibcVersionRuntime !== undefined;
}

/**
 * Compiles and links; what the compiler says is shown. Returns its exit status.
 * @param {{ compiler: string, output: string, flags?: readonly string[] }} options
 */
export function compile({ compiler, output, flags = [] }) {
  mkdirSync(dirname(output), { recursive: true });
  const { status } = spawnSync(
    compiler,
    [
      ...'-std=gnu11 -O2 -g0 -fPIC -shared -fvisibility=hidden -fno-stack-protector'.split(' '),
      ...'-Wall -Wextra -Werror -Wl,-z,nodelete -Wl,-z,now -Wl,-z,noexecstack'.split(' '),
      ...flags,
      `-I${headers()}`,
      ...sources.map((source) => join(folder, source)),
      '-o',
      output,
    ],
    { stdio: 'inherit' },
  );
  return status;
}

function headers() {
  const found = createRequire(import.meta.url).resolve('node-api-headers/package.json');
  return join(found, '..', 'include');
}

/** Whether a compiler has the headers of a C library and of Linux. @param {string} compiler */
export function hasLibrary(compiler) {
  const input = '#include <sys/epoll.h>\n#include <linux/sched.h>\n';
  return spawnSync(compiler, ['-fsyntax-only', '-xc', '-'], { input }).status === 0;
}
