// When a figure agrees with a recorded one: whole numbers and names exactly, a fraction if rounding it to
// the digits of the recorder gives what was recorded.

/**
 * Compares values of one shape; objects must have the same names. `digits` are those behind the point
 * that the recorder rounded to.
 */
export function agrees(expected: unknown, got: unknown, digits: number): boolean {
  if (typeof expected === 'number' && typeof got === 'number') {
    // A little more than half a unit, for values in the middle between two that can be recorded.
    return Math.abs(expected - got) <= (digits === 0 ? 0 : 0.5 * 10 ** -digits * (1 + 1e-6));
  }
  if (typeof expected !== 'object' || expected === null) return expected === got;
  if (typeof got !== 'object' || got === null) return false;
  const names = Object.keys(expected);
  return (
    names.length === Object.keys(got).length &&
    names.every(
      (name) =>
        Object.hasOwn(got, name) &&
        agrees(
          (expected as Record<string, unknown>)[name],
          (got as Record<string, unknown>)[name],
          digits,
        ),
    )
  );
}
