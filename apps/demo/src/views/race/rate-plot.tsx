// Throughput of every lane over simulated time, with the published figures drawn in.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { paletteOf } from '../../palette.ts';
import { PUBLISHED } from './published.ts';
import type { Race } from './race-state.ts';

interface RatePlotProps {
  readonly race: Race;
  readonly names: readonly string[];
}

const HEIGHT = 260;

/** The plot; it follows its lanes and the width of its place. */
export function RatePlot({ race, names }: RatePlotProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    const empty = [[0], ...names.map(() => [0])] as uPlot.AlignedData;
    const plot = new uPlot(plotOptions(names, element.clientWidth), empty, element);
    const watch = new ResizeObserver(([entry]) =>
      plot.setSize({ width: entry!.contentRect.width, height: HEIGHT }),
    );
    watch.observe(element);
    const leave = race.onDraw(({ history }) => {
      const curves = history.length === 0 ? empty : history.curves();
      plot.setData(curves as unknown as uPlot.AlignedData);
    });
    return () => {
      leave();
      watch.disconnect();
      plot.destroy();
    };
  }, [race, names.join('\n')]);
  return (
    <div
      ref={place}
      class="plot"
      role="img"
      aria-label="Pairs a second over simulated time, by lane"
    />
  );
}

function plotOptions(names: readonly string[], width: number): uPlot.Options {
  const color = (name: string) => () => paletteOf().color(name);
  const axis = { stroke: color('--faint'), grid: { stroke: color('--line'), width: 1 } };
  return {
    width,
    height: HEIGHT,
    scales: {
      x: { time: false, range: (_, min, max) => [min, Math.max(max, min + 1)] },
      y: { range: (_, __, max) => [0, Math.max(max, PUBLISHED.series[1]) * 1.1] },
    },
    axes: [
      {
        ...axis,
        label: 'simulated time (ms)',
        values: (_, ticks) => ticks.map((us) => `${us / 1000}`),
      },
      { ...axis, label: 'pairs/s', size: 70, values: (_, ticks) => ticks.map(thousands) },
    ],
    series: [
      { label: 'µs', value: (_, us: number | null) => us?.toFixed(0) ?? '' },
      ...names.map((label, index) => ({
        label,
        stroke: color(`--series-${index}`),
        width: 2,
        points: { show: false },
        value: (_: uPlot, rate: number | null) => (rate === null ? '' : thousands(rate)),
      })),
    ],
    hooks: { drawClear: [drawPublished] },
  };
}

const thousands = (rate: number) => `${Math.round(rate / 1000)} k`;

function drawPublished(plot: uPlot): void {
  const { ctx, bbox } = plot;
  const { stock, series } = PUBLISHED;
  const y = (value: number) => plot.valToPos(value, 'y', true);
  ctx.save();
  ctx.fillStyle = paletteOf().color('--published');
  ctx.strokeStyle = ctx.fillStyle;
  ctx.globalAlpha = 0.18;
  ctx.fillRect(bbox.left, y(series[1]), bbox.width, y(series[0]) - y(series[1]));
  ctx.globalAlpha = 1;
  ctx.setLineDash([8, 6]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y(stock));
  ctx.lineTo(bbox.left + bbox.width, y(stock));
  ctx.stroke();
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  const label = (words: string, value: number, away: number) => {
    ctx.fillText(words, bbox.left + 8, y(value) + away);
  };
  label('published with one trip less: 510–560 k', series[1], -4 * devicePixelRatio);
  ctx.textBaseline = 'top';
  label('published for 6.18: 465 k', stock, 4 * devicePixelRatio);
  ctx.restore();
}
