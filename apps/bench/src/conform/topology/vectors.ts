// Single questions with recorded answers: the kernel's bitmap texts, and hwloc's synthetic descriptions.
import { readFileSync } from 'node:fs';
import { formatList, formatMask, parseList, parseMask } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import {
  countsOf,
  forEachObject,
  formatSynthetic,
  isCacheType,
  pusOf,
  readSynthetic,
  type ObjectTree,
} from '@forkless/topology';
import type { FileTally } from './tally.ts';
import { depthLines, nodesOf } from './tree-facts.ts';

interface BitmapCase {
  readonly kind: 'list' | 'mask';
  readonly nbits: number;
  readonly text: string;
  readonly errno: number;
  readonly list?: string;
  readonly mask?: string;
}

const ERRNOS = { EINVAL: 22, ERANGE: 34, EOVERFLOW: 75 } as const;

/** Asks the parsers of bitmaps every recorded text. */
export function checkBitmapVectors(path: string, tally: FileTally): void {
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: BitmapCase[] };
  for (const [i, { kind, nbits, text, ...expected }] of cases.entries()) {
    const step = `cases[${i}] ${kind} ${nbits} ${JSON.stringify(text)}`;
    const parsed = (kind === 'list' ? parseList : parseMask)(text, nbits);
    if (!parsed.ok) tally.equal(step, { errno: expected.errno }, { errno: ERRNOS[parsed.errno] });
    else {
      const got = { errno: 0, list: formatList(parsed.bitmap), mask: formatMask(parsed.bitmap) };
      tally.equal(step, expected.errno === 0 ? expected : { errno: expected.errno }, got);
    }
  }
}

interface SyntheticCase {
  readonly text: string;
  readonly error?: boolean;
  readonly counts?: object;
  readonly pus?: readonly number[];
  readonly nodes?: readonly (readonly unknown[])[];
  readonly caches?: readonly unknown[];
  readonly export?: string | null;
  readonly depths?: readonly string[];
}

/** Asks the reader of synthetic descriptions every recorded one. */
export function checkSyntheticVectors(path: string, tally: FileTally): void {
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: SyntheticCase[] };
  for (const [i, recorded] of cases.entries()) {
    const step = `cases[${i}] ${JSON.stringify(recorded.text)}`;
    const tree = treeOrRefusal(recorded.text);
    tally.equal(`${step} error`, recorded.error === true, tree === undefined);
    if (tree === undefined || recorded.error === true) continue;
    tally.equal(`${step} counts`, recorded.counts, countsOf(tree));
    tally.equal(
      `${step} pus`,
      recorded.pus,
      pusOf(tree).map(({ osIndex }) => osIndex),
    );
    tally.equal(`${step} nodes`, recorded.nodes, shortNodes(tree));
    tally.equal(`${step} caches`, recorded.caches, cacheKinds(tree));
    tally.equal(`${step} export`, recorded.export, formatSynthetic(tree) ?? null);
    tally.equal(`${step} depths`, recorded.depths?.map(oneBlank), depthLines(tree));
  }
}

/** Blanks do not count in these lines. */
export function oneBlank(line: string): string {
  return line.replaceAll(/ +/g, ' ');
}

function treeOrRefusal(text: string): ObjectTree | undefined {
  try {
    return readSynthetic(text).tree;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function shortNodes(tree: ObjectTree): unknown[][] {
  return (nodesOf(tree) as Record<string, unknown>[]).map(({ os, cpus, memory, parent }) => [
    os,
    cpus,
    memory,
    parent,
  ]);
}

const KIND_LETTERS = { unified: 'u', data: 'd', instruction: 'i' } as const;

/** Kinds and sizes that occur, in order. */
function cacheKinds({ root }: ObjectTree): unknown[] {
  const found = new Set<string>();
  forEachObject(root, ({ type, cache }) => {
    if (!isCacheType(type)) return;
    found.add(JSON.stringify([`L${cache!.level}${KIND_LETTERS[cache!.kind]}`, cache!.sizeBytes]));
  });
  return [...found].toSorted().map((text) => JSON.parse(text) as unknown);
}
