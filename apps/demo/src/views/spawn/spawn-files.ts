// Two ways to make a process as files: their steps and their objects as tables.
import { csvOf } from '../../export/csv.ts';
import type { Comparison } from './compare-spawns.ts';

/** A row a step of the two lists. */
export function stepsCsv({ lines, ways }: Comparison): string {
  const names = { both: 'both', first: ways[0].name, second: ways[1].name };
  const rows = lines.map(({ side, depth, text: step }) => [names[side], depth, step]);
  return csvOf([['who', 'depth', 'step'], ...rows]);
}

/** A row a kind of object on a node, for both ways. */
export function objectsCsv({ ways }: Comparison): string {
  const rows = ways.flatMap(({ name, placed }) =>
    placed.nodes.flatMap(({ node, objects }) =>
      objects.map(({ kind, count, bytes, level }) => [
        name,
        node,
        kind,
        count,
        bytes,
        node === placed.childNode ? 'at home' : 'misplaced',
        level,
      ]),
    ),
  );
  const head = ['way', 'node', 'kind', 'objects', 'bytes', 'where', 'heeded from'];
  return csvOf([head, ...rows]);
}
