// Draws a plot as SVG text, outside any browser. Colours are CSS variables of the page, so that one drawing
// serves light, dark and print; each series also has a mark of its own for eyes that tell no colours apart.
import * as ObservablePlot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Axis, Plot, PublishedBand, Series } from '../experiments/experiment.ts';
import { showFigure } from '../show-value.ts';

/** The marks of series in their order, as Observable Plot names them and as text for a legend. */
const symbols = [
  { name: 'circle', text: '●' },
  { name: 'square', text: '■' },
  { name: 'triangle', text: '▲' },
  { name: 'diamond', text: '◆' },
  { name: 'star', text: '★' },
  { name: 'wye', text: '⯁' },
] as const;

const published = 'var(--published)';

/** The CSS colour and the mark of the series at `index`. */
export function seriesLook(index: number): { color: string; symbol: string } {
  const at = index % symbols.length;
  return { color: `var(--series-${at})`, symbol: symbols[at]!.text };
}

/** One `<svg>` element, deterministic in `plot`. */
export function plotSvg(plot: Plot): string {
  const { document } = parseHTML('<html><body></body></html>');
  const xs = plot.series.flatMap(({ points }) => points.map(([x]) => x));
  const svg = ObservablePlot.plot({
    document,
    width: 640,
    height: 400,
    marginTop: 36,
    marginRight: 16,
    marginBottom: 44,
    marginLeft: 64,
    style: { fontSize: '13px', overflow: 'visible' },
    ariaLabel: plot.title,
    ariaDescription: plot.note,
    x: { type: 'linear', label: axisLabel(plot.x), ticks: 8 },
    y: { label: axisLabel(plot.y), grid: true, zero: true, nice: true, ticks: 6, tickFormat: '~s' },
    marks: [
      ...plot.bands.flatMap((band) => bandMarks(band, Math.min(...xs), Math.max(...xs))),
      ...plot.series.flatMap((series, index) => seriesMarks(series, index, plot)),
      ObservablePlot.ruleY([0]),
    ],
  });
  svg.setAttribute('role', 'img');
  return svg.outerHTML;
}

function axisLabel({ label, unit }: Axis): string {
  return unit === '' ? label : `${label} (${unit})`;
}

function seriesMarks({ name, points, band = [] }: Series, index: number, { x, y }: Plot) {
  const at = index % symbols.length;
  const { color } = seriesLook(index);
  const titleOf = ([px, py]: readonly [number, number]) =>
    `${name}: ${showFigure(py)} ${y.unit} at ${showFigure(px)} ${x.unit || x.label}`;
  return [
    ObservablePlot.areaY([...band], {
      x: '0',
      y1: '1',
      y2: '2',
      fill: color,
      fillOpacity: 0.15,
    }),
    ObservablePlot.line([...points], { x: '0', y: '1', stroke: color, strokeWidth: 2 }),
    ObservablePlot.dot([...points], {
      x: '0',
      y: '1',
      fill: color,
      symbol: symbols[at]!.name,
      r: 4,
      title: titleOf,
    }),
  ];
}

/** Across the whole plot, or upright at one x with a cap at either end. */
function bandMarks(band: PublishedBand, xMin: number, xMax: number) {
  const { low, high, x } = band;
  if (x === undefined) {
    const area = ObservablePlot.rect([band], {
      x1: [xMin],
      x2: [xMax],
      y1: [low],
      y2: [high],
      fill: published,
      fillOpacity: 0.18,
    });
    const line = ObservablePlot.ruleY([low], {
      x1: xMin,
      x2: xMax,
      stroke: published,
      strokeWidth: 2,
      strokeDasharray: '6 4',
    });
    return [low === high ? line : area, bandLabel(band, xMin, 'start')];
  }
  const cap = (xMax - xMin) / 60;
  return [
    ObservablePlot.ruleX([x], { y1: low, y2: high, stroke: published, strokeWidth: 4 }),
    ...[low, high].map((edge) =>
      ObservablePlot.ruleY([edge], { x1: x - cap, x2: x + cap, stroke: published, strokeWidth: 2 }),
    ),
    bandLabel(band, x, x > (xMin + xMax) / 2 ? 'end' : 'start'),
  ];
}

/** Above the band, set off from the curves it may lie on. */
function bandLabel({ label, high }: PublishedBand, x: number, textAnchor: 'start' | 'end') {
  return ObservablePlot.text([[x, high]], {
    text: [label],
    textAnchor,
    dy: -6,
    lineAnchor: 'bottom',
    fill: published,
    stroke: 'var(--background)',
    strokeWidth: 4,
  });
}
