// A timeline as Chrome Trace Event JSON, which chrome://tracing, ui.perfetto.dev and speedscope open: a
// row for each process, a span for each program, an arrow from parent to child. Times are microseconds.
import { keyNumber } from '../process/process-tree.ts';
import type { ProcessRecord } from '../process/process-record.ts';
import { programSpans, rowName } from './program-spans.ts';
import { createTimelineWriter, type TimelineWriter } from './timeline-writer.ts';

/**
 * Writes one JSON object to `write`, in pieces.
 *
 * @see Trace Event Format, Google, "JSON Object Format", "Complete Events", "Flow Events"
 */
export function createChromeTraceWriter(write: (text: string) => void): TimelineWriter {
  let separator = '';
  const put = (event: object) => {
    write(`${separator}${JSON.stringify(event)}`);
    separator = ',\n';
  };
  return createTimelineWriter({
    begin: () => write('{"displayTimeUnit":"ns","traceEvents":[\n'),
    write: (record, lastNs) => putProcess(put, record, lastNs),
    end: () => write('\n]}\n'),
  });
}

function putProcess(put: (event: object) => void, record: ProcessRecord, lastNs: number): void {
  const id = keyNumber(record);
  const row = { pid: id, tid: id };
  put({ ph: 'M', name: 'process_name', ...row, args: { name: rowName(record) } });
  put({ ph: 'M', name: 'process_sort_index', ...row, args: { sort_index: id } });
  for (const { name, fromNs, toNs } of programSpans(record, lastNs)) {
    const args = argsOf(record);
    put({
      ph: 'X',
      name,
      cat: 'process',
      ...row,
      ts: toUs(fromNs),
      dur: toUs(toNs - fromNs),
      args,
    });
  }
  if (record.parent === undefined) return;
  const flow = { name: 'fork', cat: 'fork', id, ts: toUs(record.startNs) };
  const parentId = keyNumber(record.parent);
  put({ ph: 's', ...flow, pid: parentId, tid: parentId });
  put({ ph: 'f', bp: 'e', ...flow, ...row });
}

function argsOf({ pid, incarnation, api, flags, exitCode, signal, threadCount }: ProcessRecord) {
  return { pid, incarnation, api, flags, exitCode, signal, threadCount };
}

function toUs(ns: number): number {
  return ns / 1000;
}
