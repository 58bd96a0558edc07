// The race as a page: latency over the parent's memory, and the time the event loop was blocked.
import type { Plot } from '../experiments/experiment.ts';
import { pageStyle } from '../report/page-style.ts';
import { plotSvg, seriesLook } from '../report/plot-svg.ts';
import type { SpawnRace, SpawnRow } from './spawn-race.ts';

/** One self-contained page. */
export function racePage(race: SpawnRace): string {
  const plots = [
    plotOf(race, 'Until the exit is known', ({ latencyUs }) => latencyUs),
    plotOf(race, 'Blocked in the call', ({ callUs }) => callUs),
  ];
  const figures = plots.map(
    (plot) =>
      `<figure>${plotSvg(plot)}<figcaption>${plot.title}. ${legend(plot)}</figcaption></figure>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>forkless host spawn</title>
<style>${pageStyle}</style><h1>forkless host spawn</h1>
<p>${race.program} from Node ${race.node}, medians of ${race.rounds} rounds.</p>
${figures.join('\n')}</html>
`;
}

function legend({ series }: Plot): string {
  return series
    .map(({ name }, index) => {
      const { color, symbol } = seriesLook(index);
      return `<span style="color:${color}">${symbol} ${name}</span>`;
    })
    .join(' ');
}

/** Rows that differ in memory alone. */
function plotOf(race: SpawnRace, title: string, of: (sample: SpawnRow['host']) => number): Plot {
  const rows = race.rows
    .filter(({ load, files }) => files === 0 && /^(fresh|\d+ [MG]iB)$/.test(load))
    .toSorted((a, b) => a.residentMib - b.residentMib);
  const points = (value: (row: SpawnRow) => number) =>
    rows.map((row) => [row.residentMib, value(row) / 1000] as const);
  return {
    title,
    x: { label: 'resident size of the parent', unit: 'MiB' },
    y: { label: 'time', unit: 'ms' },
    series: [
      { name: '@forkless/host', points: points(({ host }) => of(host)) },
      { name: 'child_process', points: points(({ childProcess }) => of(childProcess)) },
    ],
    bands: [],
    note: '',
  };
}
