// Our own bugs: an invariant that does not hold throws and is never caught inside a package.

/** A broken invariant or an impossible argument: a bug in Forkless or in the code that calls it. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws an `InvariantError` with `message` unless `condition` holds. One condition a call. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
