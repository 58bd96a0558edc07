// How long a cache line is, and no words at all. A constant of a file without imports, as this one, is a
// literal wherever it is used once the package is bundled.

/** Words of a cache line of 64 bytes. */
export const LINE_WORDS = 16;

/**
 * What a field of words is before its constructor sets it. An engine that sees the field hold nothing else
 * than an `Int32Array` from the first need not ask at each access.
 */
export const NO_WORDS: Int32Array = new Int32Array(0);
