// A walk as files: text to read, SVG to show, a table, and a timeline in which every move is a slice.
import { chromeTrace } from '../../export/chrome-trace.ts';
import { csvOf } from '../../export/csv.ts';
import { INK, polyline, rect, svgDocument, text } from '../../export/svg.ts';
import type { Walk } from './walk.ts';

const ROW = 22;
const COLUMN = 250;
const LEFT = 40;

/** The schedule line by line, as `forkless check` prints it, with what it breaks. */
export function walkText(walk: Walk): string {
  const { way, cpuCount, broken, schedule, states } = walk;
  const head = `${way}, ${cpuCount} CPUs${walk.isMended ? ', mended' : ''}`;
  if (broken === undefined) {
    return `${head}\nholds in every state: ${walk.stateCount} states\n`;
  }
  return [
    head,
    `broken: ${broken.invariant}: ${broken.message}`,
    `schedule ${schedule.join(' ')}`,
    ...states.slice(1).map(({ mover, steps, holder, levels }, at) => {
      const lock = holder < 0 ? 'free' : `CPU ${holder}`;
      const ids = levels.map(
        ({ live, found }) => `live ${live.join(' ')}, found ${found.join(' ')}`,
      );
      return `${String(at + 1).padStart(3)}  CPU ${mover}  ${steps.join(', ')}  [lock ${lock}; ${ids.join('; ')}]`;
    }),
    '',
  ].join('\n');
}

/** A row a move. */
export function walkCsv({ states }: Walk): string {
  const rows = states
    .slice(1)
    .map(({ mover, steps, holder, levels }, at) => [
      at + 1,
      mover,
      steps.join('; '),
      holder,
      levels.map(({ live }) => live.join(' ')).join(' | '),
      levels.map(({ found }) => found.join(' ')).join(' | '),
    ]);
  return csvOf([['move', 'cpu', 'steps', 'lock holder', 'live', 'found'], ...rows]);
}

/** A track a CPU; a move lasts 1 µs, for want of any time in an interleaving. */
export function walkTrace({ states, way }: Walk): string {
  return chromeTrace(
    states.slice(1).map(({ mover, steps, levels }, at) => ({
      group: way,
      track: `CPU ${mover}`,
      name: steps.join(', '),
      startUs: at,
      durationUs: 1,
      args: { levels },
    })),
  );
}

/** A column a CPU, time downwards; who holds the lock is shaded. */
export function walkSvg({ states, cpuCount, way, broken }: Walk): string {
  const width = LEFT + cpuCount * COLUMN;
  const moves = states.slice(1);
  const height = (moves.length + 3) * ROW;
  const x = (cpu: number) => LEFT + cpu * COLUMN;
  return svgDocument({ width, height, title: way }, [
    ...Array.from({ length: cpuCount }, (_, cpu) => text(x(cpu) + 6, 16, `CPU ${cpu}`, INK.faint)),
    ...moves.flatMap(({ mover, steps, holder }, at) => {
      const y = (at + 1) * ROW;
      const shade =
        holder < 0
          ? []
          : [rect({ x: x(holder), y, width: COLUMN - 8, height: ROW }, INK.series[2], 0.15)];
      const words = text(x(mover) + 6, y + 15, steps.join(', ').slice(0, 40));
      return [...shade, text(8, y + 15, String(at + 1), INK.faint), words];
    }),
    polyline(
      [
        [LEFT - 4, 0],
        [LEFT - 4, height],
      ],
      INK.line,
    ),
    ...(broken === undefined ? [] : [text(LEFT + 6, height - ROW, broken.message, INK.published)]),
  ]);
}
