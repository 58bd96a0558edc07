// Where tests find the recorded answers of real kernels, and what they do where there are none: they
// are skipped with the reason, and fail where CI is set, so that a lost folder cannot pass unseen.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

const besideRepository = fileURLToPath(new URL('../../../shared/truth', import.meta.url));
const absent = 'FORKLESS_TRUTH names no folder with recorded answers of real kernels';

/** The folder of one subject's recordings (`topology`, `spawn/allocations`), or undefined. */
export function recordedFolder(subject: string): string | undefined {
  const folder = join(process.env['FORKLESS_TRUTH'] ?? besideRepository, subject);
  return existsSync(folder) ? folder : undefined;
}

/** A `describe` over the recordings of one subject, whose folder the tests are given. */
export function describeRecorded(
  title: string,
  subject: string,
  tests: (folder: string) => void,
): void {
  const folder = recordedFolder(subject);
  if (folder !== undefined) {
    describe(title, () => tests(folder));
    return;
  }
  test(title, (context) => {
    if (process.env['CI']) throw new Error(`CI is set, so ${subject} must be there: ${absent}`);
    context.skip(absent);
  });
}
