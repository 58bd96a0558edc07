// A user's bad input: one sentence that says what was given, what was expected, and where.

/** Bad input from a person or a file. The message is one sentence fit to be shown as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
