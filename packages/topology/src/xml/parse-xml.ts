// XML into plain elements, within bounds: a document that nests too deep, holds too much, or declares
// entities of its own is refused before it can cost anything.
import { ConfigError } from '@forkless/errors';
import { SaxesParser } from 'saxes';

/** An element with the line it begins in. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
  readonly line: number;
}

/** hwloc nests at most 128 levels of objects. */
const DEPTH_MAX = 200;
const ELEMENTS_MAX = 500_000;
const CHARACTERS_MAX = 2 ** 25;

/**
 * The root element of a document. Only the five entities of XML itself are known. Throws a
 * ConfigError with the line where the text is no XML or too much of it. O(text).
 */
export function parseXml(text: string, name: string): XmlElement {
  if (text.length > CHARACTERS_MAX) {
    throw new ConfigError(
      `${name}: found ${text.length} characters, expected at most ${CHARACTERS_MAX}`,
    );
  }
  const parser = new SaxesParser();
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  const fail = (found: string, expected: string): never => {
    throw new ConfigError(`${name}, line ${parser.line}: found ${found}, expected ${expected}`);
  };
  parser.on('error', ({ message }) => {
    throw new ConfigError(`${name}, line ${message}; expected well-formed XML`);
  });
  parser.on('doctype', (declaration) => {
    if (declaration.includes('[')) fail('declarations in the document type', 'none');
  });
  parser.on('opentag', ({ name: tag, attributes }) => {
    if (open.length >= DEPTH_MAX) fail(`elements nested ${DEPTH_MAX} deep`, 'fewer');
    if (++count > ELEMENTS_MAX) fail(`more than ${ELEMENTS_MAX} elements`, 'fewer');
    const element = { name: tag, attributes, children: [], text: '', line: parser.line };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (piece) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  });
  parser.write(text).close();
  return root ?? fail('no element', 'one');
}
