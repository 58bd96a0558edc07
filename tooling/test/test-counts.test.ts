import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testCounts } from '../run/test-counts.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forkless-counts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function countsOf(report: object | string) {
  const file = join(folder, 'counts.json');
  writeFileSync(file, typeof report === 'string' ? report : JSON.stringify(report));
  return testCounts(file);
}

const fine = { success: true, numPassedTests: 7, numFailedTests: 0, testResults: [] };
const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };
const unloaded = { status: 'failed', assertionResults: [] };

describe('testCounts', () => {
  test('passing tests are counted', () => {
    expect(countsOf(fine)).toEqual({ passed: 7, failed: 0 });
  });

  test('a failing test is counted once, though its file failed with it', () => {
    const report = { ...fine, success: false, numFailedTests: 1, testResults: [failing] };
    expect(countsOf(report)).toEqual({ passed: 7, failed: 1 });
  });

  test('a file that could not be loaded is a failure', () => {
    const report = { ...fine, success: false, numFailedTests: 1, testResults: [failing, unloaded] };
    expect(countsOf(report)).toEqual({ passed: 7, failed: 2 });
  });

  test('an error outside any test is a failure', () => {
    expect(countsOf({ ...fine, success: false })).toEqual({ passed: 7, failed: 1 });
  });

  test('a report that is missing or cut off is a failure', () => {
    expect(countsOf('{"success":')).toEqual({ passed: 0, failed: 1 });
    expect(testCounts(join(folder, 'nowhere.json'))).toEqual({ passed: 0, failed: 1 });
  });
});
