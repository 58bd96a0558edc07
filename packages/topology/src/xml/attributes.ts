// Reading attributes of elements: numbers and sets, with the place in the message when one is wrong.
import { Bitmap, parseHwloc } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import { ID_MAX } from '../machine/bounds.ts';
import type { Warn } from '../tree/insert.ts';
import type { XmlElement } from './parse-xml.ts';

const INFINITE = '0xf...f';

/** Reads attributes of one document. */
export class AttributeReader {
  readonly #name: string;
  readonly #warn: Warn;

  constructor(name: string, warn: Warn) {
    this.#name = name;
    this.#warn = warn;
  }

  /** A ConfigError at an element. */
  fail(element: XmlElement, found: string, expected: string): never {
    throw new ConfigError(
      `${this.#name}, line ${element.line}: found ${found}, expected ${expected}`,
    );
  }

  /** Passes on what is tolerated at an element. */
  warn(element: XmlElement, message: string): void {
    this.#warn(`${this.#name}, line ${element.line}: ${message}`);
  }

  /** A whole number, or `otherwise` when there is none. Beyond 2^53 it is rounded, with a warning. */
  number(element: XmlElement, attribute: string, otherwise = 0): number {
    const text = element.attributes[attribute];
    return text === undefined ? otherwise : this.toNumber(element, text, attribute);
  }

  /** The number that a text is. */
  toNumber(element: XmlElement, text: string, what: string): number {
    if (!/^\s*-?\d{1,20}\s*$/.test(text)) {
      this.fail(element, `${what}="${text.slice(0, 40)}"`, 'a number');
    }
    const number = Number(text);
    if (!Number.isSafeInteger(number)) this.warn(element, `${what}="${text}" is rounded`);
    return number;
  }

  /** How wide the set of an attribute is: one more than its highest bit. */
  width(element: XmlElement, attribute: string): number {
    const text = element.attributes[attribute] ?? '';
    if (text.startsWith(INFINITE)) this.fail(element, `an infinite ${attribute}`, 'a finite set');
    const set = this.#parse(element, attribute, text);
    return set.isEmpty() ? 0 : set.last() + 1;
  }

  /** The set of an attribute, `width` wide; bits that do not fit are left out with a warning. */
  set(element: XmlElement, attribute: string, width: number): Bitmap | undefined {
    const text = element.attributes[attribute];
    if (text === undefined) return undefined;
    const set = this.#parse(element, attribute, text, width);
    const fits = set.isEmpty() || set.last() < width || text.startsWith(INFINITE);
    if (!fits) this.warn(element, `${attribute} exceeds that of the machine and is cut`);
    return set.nbits === width ? set : set.resized(width);
  }

  #parse(element: XmlElement, attribute: string, text: string, width = 0): Bitmap {
    const words = text.split(',').length;
    if (words > (ID_MAX + 1) / 32 + 1) {
      this.fail(element, `${attribute} of ${words} words`, `at most ${(ID_MAX + 1) / 32}`);
    }
    const nbits = Math.max(words * 32, Math.ceil(width / 32) * 32);
    const parsed = parseHwloc(text, nbits);
    if ('errno' in parsed) {
      this.fail(element, `${attribute}="${text.slice(0, 40)}"`, 'a set such as "0x0000000f"');
    }
    return parsed.bitmap;
  }
}
