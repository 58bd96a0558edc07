// The indexes= attribute of a synthetic level: which numbers the operating system gives its objects.
// Three spellings: a full list, loops of step*count, and loops by type name.
import type { SyntheticLevel } from './parse-synthetic.ts';
import { scanUnsigned } from './scan.ts';
import { readTypeName } from './type-name.ts';

interface Loop {
  readonly step: number;
  readonly count: number;
}

/**
 * The index of each of `total` objects, or a sentence why there is none: hwloc then counts from 0.
 *
 * @see hwloc 2.9.0, hwloc/topology-synthetic.c, hwloc_synthetic_process_indexes()
 */
export function resolveIndexes(
  text: string,
  total: number,
  levels: readonly SyntheticLevel[],
): number[] | string {
  if (/^[\d,]*$/.test(text)) return readList(text, total);
  const loops = /^\d/.test(text) ? readLoops(text) : readTypeLoops(text, total, levels);
  return typeof loops === 'string' ? loops : interleave(loops, total);
}

function readList(text: string, total: number): number[] | string {
  const indexes: number[] = [];
  let at = 0;
  for (let i = 0; i < total; i++) {
    const index = scanUnsigned(text, at, 10);
    if (index === undefined) return `index #${i} is missing in "${text}"`;
    indexes.push(index.value);
    if (i < total - 1 && text[index.next] !== ',') return `no comma after index #${i} in "${text}"`;
    at = index.next + 1;
  }
  return indexes;
}

function readLoops(text: string): Loop[] | string {
  const loops = text.split(':').map((part) => {
    const match = /^(0x[\da-f]+|\d+)\*(0x[\da-f]+|\d+)$/i.exec(part);
    return { step: Number(match?.[1] ?? 0), count: Number(match?.[2] ?? 0) };
  });
  const isValid = loops.every(({ step, count }) => step > 0 && count > 0);
  return isValid ? loops : `"${text}" is no list of loops step*count`;
}

function readTypeLoops(
  text: string,
  total: number,
  levels: readonly SyntheticLevel[],
): Loop[] | string {
  const depths: number[] = [];
  for (const part of text.split(':')) {
    const name = readTypeName(part);
    // PUs are the objects that are numbered, they cannot be a loop over themselves.
    const depth = levels.findIndex(
      (level, i) =>
        i < levels.length - 1 &&
        level.type === name?.type &&
        (name?.type !== 'Group' || name.groupDepth < 0 || name.groupDepth === level.groupDepth),
    );
    if (depth < 0) return `"${part}" names no level to interleave`;
    if (depths.includes(depth)) return `"${part}" is interleaved twice`;
    depths.push(depth);
  }
  return depths.map((depth) => {
    const above = Math.max(0, ...depths.filter((other) => other < depth));
    const { width } = levels[depth]!;
    return { step: Math.floor(total / width), count: Math.floor(width / levels[above]!.width) };
  });
}

function interleave(loops: readonly Loop[], total: number): number[] | string {
  const product = loops.reduce((sum, { count }) => sum * count, 1);
  const all = [...loops];
  if (product !== total) {
    const least = Math.min(total, ...loops.map(({ step }) => step));
    const rest = Math.floor(total / product);
    if (least !== rest || rest === 0) return `the loops make ${product} indexes, expected ${total}`;
    all.push({ step: 1, count: rest });
  }
  const indexes = Array.from({ length: total }, (_, i) => {
    let index = 0;
    let weight = 1;
    for (const { step, count } of all) {
      index += (Math.floor(i / step) % count) * weight;
      weight *= count;
    }
    return index;
  });
  const wrong = indexes.findIndex((index, i) => index >= total || (index === 0 && i > 0));
  return wrong < 0 ? indexes : `the loops give index ${indexes[wrong]} to object ${wrong}`;
}
