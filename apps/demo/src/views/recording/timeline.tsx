// Every process of a recording as a bar from its start to its end, on a canvas so that many fit.
import { baseName, type ProcessRecord } from '@forkless/trace';
import { useEffect, useRef } from 'preact/hooks';

const ROW = 16;
const ROWS_MAX = 400;

interface TimelineProps {
  readonly records: readonly ProcessRecord[];
  readonly wallNs: number;
}

/** The timeline, in the order of the starts; the first 400 processes. */
export function Timeline({ records, wallNs }: TimelineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = records.toSorted((a, b) => a.startNs - b.startNs).slice(0, ROWS_MAX);
  useEffect(() => {
    const element = canvas.current!;
    const redraw = () => draw(element, shown, wallNs);
    const watch = new ResizeObserver(redraw);
    watch.observe(element);
    return () => watch.disconnect();
  }, [records]);
  return (
    <canvas
      ref={canvas}
      style={{ width: '100%', height: `${Math.max(1, shown.length) * ROW}px` }}
      role="img"
      aria-label={`Timeline of ${shown.length} processes over ${(wallNs / 1e6).toFixed(1)} ms`}
    />
  );
}

function draw(canvas: HTMLCanvasElement, records: readonly ProcessRecord[], wallNs: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  context.font = '11px system-ui, sans-serif';
  const style = getComputedStyle(document.documentElement);
  const x = (ns: number) => (wallNs === 0 ? 0 : (ns / wallNs) * width);
  records.forEach((record, row) => {
    const from = x(record.startNs);
    const to = x(record.endNs ?? wallNs);
    context.fillStyle = style.getPropertyValue(record.execCount > 0 ? '--series-0' : '--series-1');
    context.globalAlpha = 0.35;
    context.fillRect(from, row * ROW + 1, Math.max(2, to - from), ROW - 2);
    context.globalAlpha = 1;
    context.fillStyle = style.getPropertyValue('--text');
    context.fillText(nameOf(record), Math.min(from + 3, width - 120), row * ROW + 12);
  });
}

function nameOf({ execs, pid }: ProcessRecord): string {
  const last = execs.at(-1);
  return `${last === undefined ? '(never ran a program)' : baseName(last.path)} ${pid}`;
}
