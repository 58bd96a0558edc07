// Lists of small numbers as people write them: `0,2-4`. What is none is a sentence that says where.
import { ConfigError } from '@forkless/errors';

/** Numbers a list may have, so that a slip of the hand does not fill the page. */
const NUMBERS_MAX = 1024;
const VALUE_MAX = 65_535;

/** The numbers of `text`, in its order; a `ConfigError` names the list and the place. */
export function readList(name: string, text: string): readonly number[] {
  const numbers: number[] = [];
  let at = 0;
  for (const part of text.split(',')) {
    const word = part.trim();
    const where = `${name}, character ${at + 1}`;
    at += part.length + 1;
    if (word === '' && text.trim() === '') return [];
    const found = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(word);
    const from = Number(found?.[1]);
    const to = Number(found?.[2] ?? found?.[1]);
    if (found === null || to < from || to > VALUE_MAX) {
      throw new ConfigError(`${where}: expected numbers like 0,2-4, got "${word}"`);
    }
    if (numbers.length + to - from >= NUMBERS_MAX) {
      throw new ConfigError(`${where}: expected at most ${NUMBERS_MAX} numbers in all`);
    }
    for (let number = from; number <= to; number++) numbers.push(number);
  }
  return numbers;
}

/** One whole number of `text` from `min` to `max`; a `ConfigError` names it. */
export function readWhole(
  name: string,
  text: string,
  [min, max]: readonly [number, number],
): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ConfigError(`${name}: expected a whole number from ${min} to ${max}, got "${text}"`);
}
