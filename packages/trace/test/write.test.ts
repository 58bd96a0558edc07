import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  buildProcessTree,
  createChromeTraceWriter,
  createPerfettoWriter,
  createReader,
  foldedStacks,
  ndjsonHeader,
  ndjsonLine,
  type ProcessNode,
} from '../src/index.ts';
import { read } from './read.ts';
import { bytesOf, numberOf, readProtobuf } from './reference/read-protobuf.ts';

const recorded = (name: string) =>
  readFileSync(join(import.meta.dirname, 'recorded', `${name}.txt`), 'utf8');
const build = () => read('strace', recorded('build.strace'));

interface ChromeEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly ts: number;
  readonly dur: number;
}

describe('Chrome Trace JSON', () => {
  test('has a row for each process, its programs side by side, and an arrow from its parent', () => {
    const { records, summary } = build();
    let text = '';
    const writer = createChromeTraceWriter((piece) => (text += piece));
    for (const record of records) writer.process(record);
    writer.end(summary.wallNs);
    const { traceEvents } = JSON.parse(text) as { traceEvents: ChromeEvent[] };
    const of = (ph: string) => traceEvents.filter((event) => event.ph === ph);
    expect(of('M')).toHaveLength(2 * records.length);
    expect(of('s')).toHaveLength(records.length - 1);
    expect(of('f')).toHaveLength(records.length - 1);
    for (const { pid, startNs, endNs = summary.wallNs } of records) {
      const spans = of('X').filter((event) => event.pid === pid);
      expect(spans[0]?.ts).toBe(startNs / 1000);
      const last = spans.at(-1);
      expect((last?.ts ?? 0) + (last?.dur ?? 0)).toBeCloseTo(endNs / 1000, 6);
    }
    expect(of('X').map(({ name }) => name)).toContain('collect2');
  });

  test('of nothing is still valid', () => {
    let text = '';
    createChromeTraceWriter((piece) => (text += piece)).end(0);
    expect(JSON.parse(text)).toMatchObject({ traceEvents: [] });
  });
});

describe('Perfetto protobuf', () => {
  const encode = () => {
    const { records, summary } = build();
    const pieces: Uint8Array[] = [];
    const writer = createPerfettoWriter((piece) => void pieces.push(piece));
    writer.alive(0, 1);
    for (const record of records) writer.process(record);
    writer.end(summary.wallNs);
    return { bytes: new Uint8Array(Buffer.concat(pieces)), records };
  };

  test('decoded by another decoder it has every process, each slice begun and ended', () => {
    const { bytes, records } = encode();
    const packets = readProtobuf(bytes).map(({ field, value }) => {
      expect(field).toBe(1);
      return readProtobuf(value as Uint8Array);
    });
    expect(packets.every((packet) => numberOf(packet, 10) === 1)).toBe(true);
    const descriptors = packets.flatMap((packet) => bytesOf(packet, 60) ?? []).map(readProtobuf);
    const pids = descriptors.flatMap((one) => bytesOf(one, 3) ?? []).map(readProtobuf);
    expect(new Set(pids.map((one) => numberOf(one, 1)))).toEqual(
      new Set(records.map(({ pid }) => pid)),
    );
    const depth = new Map<number | undefined, number>();
    let flows = 0;
    for (const packet of packets) {
      const event = bytesOf(packet, 11);
      if (event === undefined) continue;
      const fields = readProtobuf(event);
      const [type, track] = [numberOf(fields, 9), numberOf(fields, 11)];
      if (numberOf(fields, 47) !== undefined) flows++;
      const change = type === 1 ? 1 : type === 2 ? -1 : 0;
      depth.set(track, (depth.get(track) ?? 0) + change);
    }
    expect([...depth.values()].every((open) => open === 0)).toBe(true);
    expect(flows).toBe(2 * (records.length - 1));
  });

  test('protoc reads it too', (context) => {
    const { bytes } = encode();
    try {
      execFileSync('protoc', ['--version']);
    } catch {
      return context.skip('protoc (Debian: protobuf-compiler) is not installed');
    }
    const text = execFileSync('protoc', ['--decode_raw'], { input: bytes, encoding: 'utf8' });
    expect(text.match(/^1 \{/gm)?.length).toBe(readProtobuf(bytes).length);
  });
});

describe('the process tree', () => {
  test('of a build has one root and every process once', () => {
    const { records } = build();
    const roots = buildProcessTree(records);
    expect(roots).toHaveLength(1);
    const count = (node: ProcessNode): number =>
      node.children.reduce((sum, child) => sum + count(child), 1);
    expect(count(roots[0] as ProcessNode)).toBe(records.length);
  });

  test('as folded stacks adds up to the number of processes', () => {
    const { records } = build();
    const stacks = foldedStacks(buildProcessTree(records), 'processes').trim().split('\n');
    expect(stacks).toContain('make;cc;cc1 2');
    expect(stacks).toContain('make;cc;collect2;ld 1');
    expect(stacks.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(
      records.length,
    );
  });

  test('as folded stacks of time stays within the time of the root', () => {
    const { records } = build();
    const stacks = foldedStacks(buildProcessTree(records), 'self-us').trim().split('\n');
    expect(stacks.every((line) => /^\S+ \d+$/.test(line))).toBe(true);
  });
});

describe('our own NDJSON', () => {
  test.each(['build.strace', 'agent.perf', 'container.strace'])('keeps all of %s', (name) => {
    const format = name.endsWith('strace') ? 'strace' : 'tracepoint';
    const first = read(format, recorded(name));
    const text = ndjsonHeader(first.summary.origin) + first.events.map(ndjsonLine).join('');
    const again = read('ndjson', text, { strict: true });
    expect(again.events).toEqual(first.events);
    expect(again.statistics).toEqual(first.statistics);
  });

  test.each([
    '{"kind":"create","timeNs":0,"tid":1}',
    '{"kind":"exit","timeNs":0.5,"tid":1}',
    '{"kind":"exit","timeNs":0,"tid":4194304}',
    '{"kind":"toString","timeNs":0,"tid":1}',
    '[]',
    '{',
  ])('%s is refused with its line', (line) => {
    expect(read('ndjson', `{"forklessTrace":1}\n${line}\n`).problems).toMatchObject([{ line: 2 }]);
  });

  test('of a later version is refused', () => {
    const reader = createReader('ndjson', { onEvent: () => {} });
    expect(() => reader.push('{"forklessTrace":2}\n')).toThrow(/version 2; expected 1/);
  });
});

test('rows of forkstate tell the parent at the fork', () => {
  const text = [
    'Attaching 4 probes...',
    '# ns ptgid ptid child flags max_fds next_fd fdw0 fdw1 fdw2 fdw3 vmas total_vm_pages rss_file_pages rss_anon_pages threads files_refs cpu comm',
    'N 1660428414951 13367 13368 13597 4100 256 3 407 0 0 8000000000000001 24 648 366 -2 2 1 1 tmux: server 1',
    '1660428414999 13367 13367 13598 3d0f00 256 3 407 0 0 0 24 648 366 0 2 1 1 sh',
    'not a row',
  ].join('\n');
  const { events, problems } = read('forkstate', text);
  expect(problems).toMatchObject([{ line: 5 }]);
  expect(events).toMatchObject([
    {
      timeNs: 0,
      tid: 13368,
      state: { openFds: 6, comm: 'tmux: server 1', isThread: false, rssAnonPages: -2 },
    },
    { timeNs: 48, state: { isThread: true } },
  ]);
});
