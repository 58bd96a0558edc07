// What happens when a child cannot become the program: it ends, and the parent, which learns the error in
// one way or another, waits for it so that none is left.

import { attempt } from '@forkless/sim';
import { step, type SpawnPart } from '../path/steps.ts';

/** The child's steps; when one is refused the child exits and the parent reaps it. */
export function childSteps(tells: readonly SpawnPart[], ...steps: readonly SpawnPart[]): SpawnPart {
  return attempt('the child', steps, [
    ...tells,
    ...step('child', 'exit 127', (call) => call.childExits()),
    ...step('parent', 'wait for the child that failed', (call) => call.reapChild()),
  ]);
}

/** The same where the kernel runs the child's steps: nobody outside ever sees the child. */
export function kernelChildSteps(...steps: readonly SpawnPart[]): SpawnPart {
  return attempt('the child', steps, [
    ...step('kernel for child', 'exit 127', (call) => call.childExits()),
    ...step('kernel for parent', 'reap the child that failed', (call) => call.reapChild()),
  ]);
}
