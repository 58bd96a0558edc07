// Every process of a recording as a bar from its start to its end, on a canvas so that many fit.
import type { ProcessRecord } from '@forkless/trace';
import { useEffect, useRef } from 'preact/hooks';
import { paletteOf } from '../../palette.ts';
import { recordName, shownRecords } from './recording-files.ts';

const ROW = 16;

interface TimelineProps {
  readonly records: readonly ProcessRecord[];
  readonly wallNs: number;
}

/** The timeline, in the order of the starts; the first 400 processes. */
export function Timeline({ records, wallNs }: TimelineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = shownRecords(records);
  useEffect(() => {
    const element = canvas.current!;
    const watch = new ResizeObserver(() => draw(element, shown, wallNs));
    watch.observe(element);
    return () => watch.disconnect();
  }, [records]);
  return (
    <canvas
      ref={canvas}
      class="timeline"
      style={{ height: `${Math.max(1, shown.length) * ROW}px` }}
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
  const palette = paletteOf();
  const x = (ns: number) => (wallNs === 0 ? 0 : (ns / wallNs) * width);
  records.forEach((record, row) => {
    const from = x(record.startNs);
    const to = x(record.endNs ?? wallNs);
    context.fillStyle = palette.color(record.execCount > 0 ? '--series-0' : '--series-1');
    context.globalAlpha = 0.35;
    context.fillRect(from, row * ROW + 1, Math.max(2, to - from), ROW - 2);
    context.globalAlpha = 1;
    context.fillStyle = palette.color('--text');
    context.fillText(recordName(record), Math.min(from + 3, width - 130), row * ROW + 12);
  });
}
