// Spans and counters as Chrome Trace JSON, which Perfetto and chrome://tracing open. The writers of
// @forkless/trace are for processes of a recording; this one is for what the model did.

/** Something that took a while on a track of a group. */
export interface Span {
  readonly group: string;
  readonly track: string;
  readonly name: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** A value that changes over time. */
export interface Counter {
  readonly group: string;
  readonly name: string;
  readonly timeUs: number;
  readonly value: number;
}

/** The file. Groups and tracks are numbered in the order in which they come. */
export function chromeTrace(spans: readonly Span[], counters: readonly Counter[] = []): string {
  const groups = numbered([...spans, ...counters].map(({ group }) => group));
  const tracks = numbered(spans.map(({ group, track }) => `${group}\n${track}`));
  const traceEvents = [
    ...[...groups].map(([name, pid]) => named('process_name', name, { pid })),
    ...[...tracks].map(([key, tid]) => {
      const [group, track] = key.split('\n');
      return named('thread_name', track!, { pid: groups.get(group!)!, tid });
    }),
    ...spans.map(({ group, track, name, startUs, durationUs, args }) => ({
      ph: 'X',
      pid: groups.get(group),
      tid: tracks.get(`${group}\n${track}`),
      ts: startUs,
      dur: durationUs,
      name,
      args,
    })),
    ...counters.map(({ group, name, timeUs, value }) => ({
      ph: 'C',
      pid: groups.get(group),
      ts: timeUs,
      name,
      args: { value },
    })),
  ];
  return JSON.stringify({ displayTimeUnit: 'ns', traceEvents });
}

function numbered(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...new Set(names)].map((name, index) => [name, index + 1]));
}

const named = (kind: string, name: string, ids: { pid: number; tid?: number }) => ({
  ph: 'M',
  name: kind,
  ...ids,
  args: { name },
});
