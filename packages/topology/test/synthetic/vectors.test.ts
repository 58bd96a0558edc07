import { readFileSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import { formatList } from '@forkless/bitmap';
import { expect, test } from 'vitest';
import { readSynthetic } from '../../src/index.ts';
import { countsOf, objectsOf, pusOf } from '../../src/tree/object-tree.ts';
import { isCacheType } from '../../src/tree/object-type.ts';

interface Vector {
  text: string;
  error?: boolean;
  counts: Record<string, number>;
  pus: number[];
  nodes: [os: number, cpus: string, memory: number, parent: string][];
  caches: [kind: string, size: number][];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../recorded/synthetic-vectors.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };

const KIND_LETTERS = { unified: 'u', data: 'd', instruction: 'i' };

const answer = (text: string) => {
  const { tree } = readSynthetic(text);
  const nodes = tree.nodes.map(({ osIndex, cpuset, memory, parent }) => {
    const where = parent!.osIndex < 0 ? parent!.type : `${parent!.type}:${parent!.osIndex}`;
    return [osIndex, formatList(cpuset), memory!.localBytes, where];
  });
  const caches = new Set<string>();
  for (const type of Object.keys(countsOf(tree)) as (keyof ReturnType<typeof countsOf>)[]) {
    if (!isCacheType(type)) continue;
    for (const { cache } of objectsOf(tree, type)) {
      caches.add(
        JSON.stringify([`L${cache!.level}${KIND_LETTERS[cache!.kind]}`, cache!.sizeBytes]),
      );
    }
  }
  return {
    counts: countsOf(tree),
    pus: pusOf(tree).map(({ osIndex }) => osIndex),
    nodes: nodes.toSorted((a, b) => Number(a[0]) - Number(b[0])),
    caches: [...caches].toSorted().map((cache) => JSON.parse(cache) as unknown),
  };
};

test.for(cases.filter(({ error }) => error === true))(
  '$text is refused as by hwloc',
  ({ text }) => {
    expect(() => readSynthetic(text)).toThrow(ConfigError);
  },
);

test.for(cases.filter(({ error }) => error !== true))(
  '$text makes what hwloc makes of it',
  ({ text, counts, pus, nodes, caches }) => {
    expect(answer(text)).toEqual({ counts, pus, nodes, caches });
  },
);
