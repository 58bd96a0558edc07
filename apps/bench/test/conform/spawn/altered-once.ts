// For each call of some recordings one file in which one answer of that call is altered, so that a test
// can show that the comparison would see it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALLS } from '../../../src/conform/spawn/vocabulary.ts';

interface RecordedFile {
  readonly steps: readonly Record<string, unknown>[];
}

/** The call, the file, and the file's text with the altered answer. */
export function alteredOnce(folder: string, files: readonly string[]): [string, string, string][] {
  const cases = new Map<string, [string, string, string]>();
  for (const file of files) {
    const recording = JSON.parse(readFileSync(join(folder, file), 'utf8')) as RecordedFile;
    recording.steps.forEach((step, at) => {
      const call = String(step['call']);
      if (!('ret' in step) || cases.has(call) || CALLS[call]?.onlyOrders === true) return;
      const steps = recording.steps.map((other, index) =>
        index === at ? { ...other, ret: 'altered' } : other,
      );
      cases.set(call, [call, file, JSON.stringify({ ...recording, steps })]);
    });
  }
  return [...cases.values()];
}
