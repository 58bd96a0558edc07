// A recording and its replays as files.
import type { Replayed } from '@forkless/spawn';
import { baseName, type ProcessRecord } from '@forkless/trace';
import { csvOf } from '../../export/csv.ts';
import { INK, rect, svgDocument, text } from '../../export/svg.ts';

const ROW = 16;
const WIDTH = 1000;
/** Processes that are drawn. */
export const ROWS_MAX = 400;

/** The processes that are drawn, in the order of their starts. */
export function shownRecords(records: readonly ProcessRecord[]): readonly ProcessRecord[] {
  return records.toSorted((a, b) => a.startNs - b.startNs).slice(0, ROWS_MAX);
}

/** What a bar is called. */
export function recordName({ execs, pid }: ProcessRecord): string {
  const last = execs.at(-1);
  return `${last === undefined ? '(never ran a program)' : baseName(last.path)} ${pid}`;
}

/** A row a process. */
export function processesCsv(records: readonly ProcessRecord[]): string {
  const rows = records.map(({ pid, parent, api, startNs, endNs, execs }) => [
    pid,
    parent?.pid ?? '',
    api ?? '',
    startNs,
    endNs ?? '',
    execs.map(({ path }) => path).join(' '),
  ]);
  return csvOf([['pid', 'made by', 'call', 'start ns', 'end ns', 'programs'], ...rows]);
}

/** A row a way to make the processes. */
export function replayCsv(rows: readonly Replayed[]): string {
  const cells = rows.map((one) => [
    one.mechanism,
    one.created,
    one.served,
    one.unserved,
    one.syscalls,
    one.slabObjects,
    one.memoryCopies,
  ]);
  const head = ['made by', 'made', 'served', 'forked only', 'system calls', 'objects', 'copies'];
  return csvOf([head, ...cells]);
}

/** The timeline: a bar a process. */
export function timelineSvg(records: readonly ProcessRecord[], wallNs: number): string {
  const shown = shownRecords(records);
  const x = (ns: number) => (wallNs === 0 ? 0 : (ns / wallNs) * WIDTH);
  const height = Math.max(1, shown.length) * ROW;
  const bars = shown.flatMap((record, row) => {
    const from = x(record.startNs);
    const width = Math.max(2, x(record.endNs ?? wallNs) - from);
    const box = { x: from, y: row * ROW + 1, width, height: ROW - 2 };
    const words = { x: Math.min(from + 3, WIDTH - 160), y: row * ROW + 12 };
    return [
      rect(box, INK.series[record.execCount > 0 ? 0 : 1], 0.35),
      text(words.x, words.y, recordName(record), INK.text, 11),
    ];
  });
  return svgDocument({ width: WIDTH, height, title: 'Processes over time' }, bars);
}
