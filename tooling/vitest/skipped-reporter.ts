// Ends a test run by naming what was skipped and why, so that nothing is passed over in silence.
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** A vitest reporter that prints, after the summary, each reason for skipping with the tests it kept out. */
export class SkippedReporter implements Reporter {
  #pattern: RegExp | undefined;

  onInit(vitest: Vitest): void {
    this.#pattern = vitest.config.testNamePattern;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const byReason = new Map<string, TestCase[]>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        if (
          this.#pattern !== undefined &&
          !this.#pattern.test(test.fullName.replaceAll(' > ', ' '))
        )
          continue;
        const reason = reasonOf(test);
        byReason.set(reason, [...(byReason.get(reason) ?? []), test]);
      }
    }
    for (const [reason, tests] of byReason) {
      console.log(`\nSkipped (${tests.length}): ${reason}`);
      for (const line of placesOf(tests)) console.log(`  ${line}`);
    }
    if (byReason.size > 0) console.log('');
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === 'skipped' && result.note !== undefined) return result.note;
  return test.options.mode === 'todo' ? 'not written yet' : 'no reason was given';
}

/** One line a file: its name, and the test if it is alone. */
function placesOf(tests: readonly TestCase[]): string[] {
  const byFile = new Map<string, TestCase[]>();
  for (const test of tests) {
    const file = `${test.project.name} ${test.module.relativeModuleId}`;
    byFile.set(file, [...(byFile.get(file) ?? []), test]);
  }
  return [...byFile].map(([file, [first, ...rest]]) =>
    rest.length === 0 ? `${file}: ${first?.fullName}` : `${file}: ${rest.length + 1} tests`,
  );
}
