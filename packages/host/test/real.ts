// A test on the real kernel, skipped with the reason where the addon is not at work.
import { test } from 'vitest';
import { capabilities } from '../src/index.ts';

/** A `test` that needs children made by the addon; `needsRoot` also needs the power to change ids. */
export function testReal(
  name: string,
  body: (skip: (reason: string) => never) => Promise<void> | void,
  { needsRoot = false } = {},
): void {
  test(name, async (context) => {
    const { mechanism, reason } = capabilities();
    if (mechanism !== 'clone3') context.skip(`no child without fork here: ${reason}`);
    if (needsRoot && process.geteuid?.() !== 0) context.skip('only root may change ids');
    await body((why) => context.skip(why));
  });
}
