// Throughput of every lane over simulated time, with the published figures drawn in.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { RatePoint } from './race-state.ts';

interface RatePlotProps {
  readonly names: readonly string[];
  readonly rates: readonly (readonly RatePoint[])[];
}

/** What the seed thread published for 20 processes. */
const STOCK = 465_000;
const SERIES: readonly [number, number] = [510_000, 560_000];
const HEIGHT = 260;

/** The plot; it follows its lanes and the width of its place. */
export function RatePlot({ names, rates }: RatePlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const key = names.join('\n');
  useEffect(() => {
    const element = place.current!;
    plot.current = new uPlot(plotOptions(names, element.clientWidth), [[]], element);
    const watch = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
    };
  }, [key]);
  useEffect(() => {
    const longest = rates.reduce(
      (a, b) => (b.length > a.length ? b : a),
      [] as readonly RatePoint[],
    );
    plot.current?.setData([
      longest.map(([us]) => us),
      ...names.map((_, lane) => longest.map((__, at) => rates[lane]?.[at]?.[1] ?? null)),
    ]);
  }, [rates, key]);
  return <div ref={place} role="img" aria-label="Pairs a second over simulated time, by lane" />;
}

function plotOptions(names: readonly string[], width: number): uPlot.Options {
  const color = (name: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: color('--faint'), grid: { stroke: color('--line'), width: 1 } };
  return {
    width,
    height: HEIGHT,
    scales: {
      x: { time: false },
      y: { range: (_, __, max) => [0, Math.max(max, SERIES[1]) * 1.1] },
    },
    axes: [
      { ...axis, label: 'simulated time (µs)' },
      { ...axis, label: 'pairs/s', size: 70, values: (_, ticks) => ticks.map(thousands) },
    ],
    series: [
      { label: 'µs', value: (_, us: number | null) => us?.toFixed(0) ?? '' },
      ...names.map((label, index) => ({
        label,
        stroke: color(`--series-${index}`),
        width: 2,
        value: (_: uPlot, rate: number | null) => (rate === null ? '' : thousands(rate)),
      })),
    ],
    hooks: { drawClear: [(drawn) => drawPublished(drawn, color('--published'))] },
  };
}

const thousands = (rate: number) => `${Math.round(rate / 1000)} k`;

function drawPublished(plot: uPlot, color: string): void {
  const { ctx, bbox } = plot;
  const y = (value: number) => plot.valToPos(value, 'y', true);
  ctx.save();
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  ctx.globalAlpha = 0.18;
  ctx.fillRect(bbox.left, y(SERIES[1]), bbox.width, y(SERIES[0]) - y(SERIES[1]));
  ctx.globalAlpha = 1;
  ctx.setLineDash([8, 6]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y(STOCK));
  ctx.lineTo(bbox.left + bbox.width, y(STOCK));
  ctx.stroke();
  ctx.restore();
}
