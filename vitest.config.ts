import { defineConfig } from 'vitest/config';
import { SkippedReporter } from './tooling/vitest/skipped-reporter.ts';

// Where to leave the counts for a program that wants them.
const countsFile = process.env['FORKLESS_TEST_COUNTS'];

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'tooling'],
    reporters: [
      'default',
      ...(countsFile === undefined
        ? []
        : [['json', { outputFile: countsFile }] satisfies ['json', object]]),
      new SkippedReporter(),
    ],
  },
});
