// How the packages of Forkless say that they themselves are wrong: one error class and one check.

/** A broken invariant or an argument that no caller may pass: a bug of ours, never the user's. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} with `message` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
