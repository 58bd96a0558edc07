// How every package is built: ESM and CJS side by side, with types for each.
import { defineConfig, type Options } from 'tsup';

/** The tsup configuration shared by all packages; `options` adds what one package needs besides. */
export const library = (options: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    // tsup passes `baseUrl`, which TypeScript 6 calls deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    target: 'es2022',
    sourcemap: true,
    clean: true,
    // Of a build that went well the runner's line is enough; errors are printed all the same.
    silent: true,
    ...options,
  });
