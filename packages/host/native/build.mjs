// Builds the addon into dist with the C compiler there is: one call, the N-API headers from npm. Without
// Linux, an architecture it knows or a compiler it says so and ends well, as the package works without.
// FORKLESS_CC names another compiler (a cross compiler sets FORKLESS_ARCH too), FORKLESS_CFLAGS adds flags.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const folder = import.meta.dirname;
const architectures = ['x64', 'arm64'];
const sources = ['raw.c', 'child.c', 'helper.c', 'addon.c'];

/** The compiler to use, or why there is none. @returns {{ compiler: string } | { reason: string }} */
function findCompiler(arch) {
  if (process.platform !== 'linux')
    return { reason: `it is for Linux, and this is ${process.platform}` };
  if (!architectures.includes(arch)) return { reason: `it has no system calls for ${arch}` };
  if (!isGlibc())
    return { reason: 'it is built for glibc, and this Node runs on another C library' };
  const named = process.env.FORKLESS_CC;
  for (const compiler of named ? [named] : ['cc', 'gcc', 'clang']) {
    if (spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0) return { compiler };
  }
  return { reason: 'there is no C compiler' };
}

function isGlibc() {
  return process.report?.getReport().header.glibcVersionRuntime !== undefined;
}

function headers() {
  const found = createRequire(import.meta.url).resolve('node-api-headers/package.json');
  return join(found, '..', 'include');
}

function build(arch) {
  const found = findCompiler(arch);
  if ('reason' in found) {
    console.log(
      `@forkless/host: the addon is not built: ${found.reason}. node:child_process is used.`,
    );
    return 0;
  }
  const dist = join(folder, '..', 'dist');
  if (!existsSync(dist)) mkdirSync(dist, { recursive: true });
  const { status } = spawnSync(
    found.compiler,
    [
      ...'-std=gnu11 -O2 -g0 -fPIC -shared -fvisibility=hidden -fno-stack-protector'.split(' '),
      ...'-Wall -Wextra -Werror -Wl,-z,nodelete -Wl,-z,now -Wl,-z,noexecstack'.split(' '),
      ...(process.env.FORKLESS_CFLAGS ?? '').split(' ').filter((flag) => flag !== ''),
      `-I${headers()}`,
      ...sources.map((source) => join(folder, source)),
      '-o',
      join(dist, `forkless-host-linux-${arch}.node`),
    ],
    { stdio: 'inherit' },
  );
  if (status === 0) return 0;
  console.error(`@forkless/host: ${found.compiler} ended with ${status}; see above.`);
  // A compiler without the C library's headers is no compiler; what goes wrong after that is our bug.
  return spawnSync(found.compiler, ['-fsyntax-only', '-xc', '-'], {
    input: '#include <sys/epoll.h>\n#include <linux/sched.h>\n',
  }).status === 0
    ? 1
    : 0;
}

process.exitCode = build(process.env.FORKLESS_ARCH ?? process.arch);
