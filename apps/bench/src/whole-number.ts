// An option that is a whole number within bounds.
import { ConfigError } from '@forkless/errors';

/** A parser for `option`; what it refuses is a `ConfigError`. */
export function wholeNumber(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new ConfigError(
      `${option} was given "${text}"; expected a whole number from ${low} to ${high}.`,
    );
  };
}
