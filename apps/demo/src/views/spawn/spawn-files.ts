// Two ways to make a process as files: their steps and objects as tables, their calls as bars
// and as a timeline.
import { chromeTrace } from '../../export/chrome-trace.ts';
import { csvOf } from '../../export/csv.ts';
import { INK, rect, svgDocument, text } from '../../export/svg.ts';
import type { Comparison, SpawnWay } from './compare-spawns.ts';
import { PARTS, type Part } from './timed-path.ts';

const WIDTH = 900;
const BAR = 26;

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

/** A group a way; every step that takes time is a slice. */
export function spawnTrace({ ways }: Comparison): string {
  return chromeTrace(
    ways.flatMap(({ name, call }, at) =>
      call.steps.map(({ name: step, startNs, ns }) => ({
        // The same way twice is two groups.
        group: at === 1 && name === ways[0].name ? `${name} again` : name,
        track: /^(?:kernel for )?child:/.test(step) ? 'child' : 'parent',
        name: step,
        startUs: startNs / 1000,
        durationUs: ns / 1000,
      })),
    ),
  );
}

/** Colours of the parts of a call. */
export const PART_COLORS: Readonly<Record<Part, string>> = {
  program: '#8795a5',
  exec: '#0b63c5',
  memory: '#b3261e',
  files: '#8a3ffc',
  task: '#0e7350',
  scheduling: '#b54c00',
  calls: '#c7a008',
};

/** The whole of a call, ns. */
export const totalNs = ({ parts }: SpawnWay): number =>
  PARTS.reduce((sum, part) => sum + parts[part], 0);

/** Both calls as bars over one scale, by part. */
export function barsSvg({ ways }: Comparison): string {
  const longest = Math.max(...ways.map(totalNs));
  const drawn = ways.flatMap((way, at) => {
    const y = at * (BAR + 26) + 20;
    let x = 0;
    const boxes = PARTS.map((part) => {
      const width = (way.parts[part] / longest) * WIDTH;
      x += width;
      return rect({ x: x - width, y, width, height: BAR }, PART_COLORS[part]);
    });
    const words = `${way.name}: ${(totalNs(way) / 1000).toFixed(1)} µs`;
    return [text(0, y - 6, words), ...boxes];
  });
  const legend = PARTS.flatMap((part, at) => [
    rect({ x: at * 120, y: 118, width: 12, height: 12 }, PART_COLORS[part]),
    text(at * 120 + 18, 129, part, INK.faint),
  ]);
  return svgDocument({ width: WIDTH, height: 140, title: 'A tool call by part' }, [
    ...drawn,
    ...legend,
  ]);
}
