// Builds the addon into dist with the C compiler there is: one call, the N-API headers from npm. Without
// Linux, an architecture it knows or a compiler it says so and ends well, as the package works without.
// FORKLESS_CC names another compiler (a cross compiler sets FORKLESS_ARCH too), FORKLESS_CFLAGS adds flags.
import { join } from 'node:path';
import { compile, findCompiler, hasLibrary } from './compile.mjs';

function build(arch) {
  const named = process.env.FORKLESS_CC;
  const found = findCompiler(arch, named ? [named] : ['cc', 'gcc', 'clang']);
  if ('reason' in found) {
    console.log(
      `@forkless/host: the addon is not built: ${found.reason}. node:child_process is used.`,
    );
    return 0;
  }
  const flags = (process.env.FORKLESS_CFLAGS ?? '').split(' ').filter((flag) => flag !== '');
  const status = compile({
    ...found,
    flags,
    output: join(import.meta.dirname, '..', 'dist', `forkless-host-linux-${arch}.node`),
  });
  if (status === 0) return 0;
  console.error(`@forkless/host: ${found.compiler} ended with ${status}; see above.`);
  // A compiler without the C library's headers is no compiler; what goes wrong after that is our bug.
  return hasLibrary(found.compiler) ? 1 : 0;
}

process.exitCode = build(process.env.FORKLESS_ARCH ?? process.arch);
