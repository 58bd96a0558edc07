// How every package is tested: from its sources, siblings through their built `dist`.
import { defineProject } from 'vitest/config';

/** The vitest project shared by all packages, under the package's own name. */
export const project = (name: string) =>
  defineProject({
    test: {
      name,
      include: ['test/**/*.test.ts'],
      testTimeout: 60_000,
    },
  });
