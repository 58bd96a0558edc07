// A race as files: the curves as a table and as a drawing, and a timeline with the rates as counters and
// every single step as a slice.
import { chromeTrace } from '../../export/chrome-trace.ts';
import { csvOf } from '../../export/csv.ts';
import { INK, polyline, rect, svgDocument, text } from '../../export/svg.ts';
import type { Stepped } from './lane.ts';
import { PUBLISHED } from './published.ts';
import type { RateHistory } from './rate-history.ts';

/** What is saved. */
export interface RaceFile {
  readonly names: readonly string[];
  readonly history: RateHistory;
  readonly steps: readonly (readonly Stepped[])[];
}

const WIDTH = 900;
const HEIGHT = 360;
const LEFT = 70;
const BOTTOM = 40;

/** A row a sample: simulated microseconds, then pairs a second of each lane. */
export function raceCsv({ names, history }: RaceFile): string {
  const [times, ...rates] = history.curves();
  const rows = Array.from(times!, (us, at) => [us, ...rates.map((lane) => lane[at]!)]);
  return csvOf([['us', ...names], ...rows]);
}

/** The curves with the published band. */
export function raceSvg({ names, history }: RaceFile): string {
  const [times, ...rates] = history.curves();
  const last = times!.at(-1) ?? 1;
  const top = 1.1 * Math.max(PUBLISHED.series[1], ...rates.map((lane) => Math.max(0, ...lane)));
  const x = (us: number) => LEFT + (us / last) * (WIDTH - LEFT - 10);
  const y = (rate: number) => (1 - rate / top) * (HEIGHT - BOTTOM);
  const [low, high] = PUBLISHED.series;
  const band = { x: LEFT, y: y(high), width: WIDTH - LEFT - 10, height: y(low) - y(high) };
  const ticks = [0, 0.25, 0.5, 0.75].map((share) => share * top);
  return svgDocument({ width: WIDTH, height: HEIGHT + 20 * names.length, title: 'Race' }, [
    rect(band, INK.published, 0.18),
    polyline(
      [
        [LEFT, y(PUBLISHED.stock)],
        [WIDTH - 10, y(PUBLISHED.stock)],
      ],
      INK.published,
      '8 6',
    ),
    ...ticks.map((rate) => text(6, y(rate), `${Math.round(rate / 1000)} k/s`, INK.faint, 11)),
    polyline(
      [
        [LEFT, 0],
        [LEFT, y(0)],
        [WIDTH - 10, y(0)],
      ],
      INK.faint,
    ),
    text(WIDTH - 200, HEIGHT - 14, `simulated µs, to ${last.toFixed(0)}`, INK.faint, 11),
    ...rates.map((lane, index) =>
      polyline(
        Array.from(lane, (rate, at) => [x(times![at]!), y(rate)] as const),
        INK.series[index]!,
      ),
    ),
    ...names.flatMap((name, index) => [
      rect({ x: LEFT, y: HEIGHT + index * 20, width: 12, height: 12 }, INK.series[index]!),
      text(LEFT + 20, HEIGHT + 11 + index * 20, name),
    ]),
  ]);
}

/** A group a lane: its rate as a counter, its single steps on a track a CPU. */
export function raceTrace({ names, history, steps }: RaceFile): string {
  const [times, ...rates] = history.curves();
  const spans = names.flatMap((group, lane) =>
    (steps[lane] ?? []).map(({ cpu, step, startPs, tookPs, touched }) => ({
      group,
      track: `CPU ${cpu}`,
      name: step,
      startUs: startPs / 1e6,
      durationUs: (tookPs ?? 0) / 1e6,
      args: { touched, waits: tookPs === undefined },
    })),
  );
  const counters = names.flatMap((group, lane) =>
    Array.from(times!, (timeUs, at) => ({
      group,
      name: 'pairs/s',
      timeUs,
      value: rates[lane]![at]!,
    })),
  );
  return chromeTrace(spans, counters);
}
