import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatList, formatMask, parseList, parseMask } from '../src/index.ts';

interface Vector {
  kind: 'list' | 'mask';
  nbits: number;
  text: string;
  errno: number;
  list?: string;
  mask?: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL('recorded/bitmap-vectors.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };
const ERRNO = { EINVAL: 22, ERANGE: 34, EOVERFLOW: 75 };

const answer = (vector: Vector) => {
  const parsed = (vector.kind === 'list' ? parseList : parseMask)(vector.text, vector.nbits);
  if (!parsed.ok) return { errno: ERRNO[parsed.errno] };
  return { errno: 0, list: formatList(parsed.bitmap), mask: formatMask(parsed.bitmap) };
};

test.for(['list', 'mask'] as const)('every recorded %s is read as Linux 6.12 reads it', (kind) => {
  const asked = cases.filter((vector) => vector.kind === kind);
  expect(asked.length).toBeGreaterThan(100);
  const wrong = asked.flatMap((vector) => {
    const got = answer(vector);
    const { errno, list, mask } = vector;
    const expected = errno === 0 ? { errno, list, mask } : { errno };
    return JSON.stringify(got) === JSON.stringify(expected) ? [] : [{ vector, got }];
  });
  expect(wrong).toEqual([]);
});
