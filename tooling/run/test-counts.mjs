// Reads how many tests passed and failed from the report vitest leaves for programs.
import { readFileSync } from 'node:fs';

/**
 * A run that left no report, a file that could not be loaded and an error outside any test count as one
 * failure each. Skipped tests count as neither.
 * @param {string} file @returns {{ passed: number, failed: number }}
 */
export function testCounts(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !report.success ? 1 : failed,
  };
}
