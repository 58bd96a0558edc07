import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectFormat, LINE_BYTES_MAX, type TraceFormat } from '../src/index.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { read } from './read.ts';

fc.configureGlobal({ seed: 0x74726163 });

const folder = join(import.meta.dirname, 'recorded');
const recorded = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, 300));
const formats: readonly TraceFormat[] = ['strace', 'tracepoint', 'forkstate', 'ndjson'];
const own = [
  '{"forklessTrace":1}',
  '{"kind":"create","timeNs":0,"tid":1,"child":2,"calledNs":0,"isThread":false,"api":"vfork","flags":""}',
  '{"kind":"exit","timeNs":9,"tid":2,"code":0}',
  '{"kind":"__proto__","timeNs":9,"tid":2}',
  '1660428414951 13367 13367 13597 4100 256 3 407 0 0 0 24 648 366 0 1 1 1 sh',
  '',
];

const anyLine = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...recorded, ...own) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...'<>[]()=+-.,: \t"\\019'), maxLength: 60 }),
  },
);
/** Cut, doubled, or with some characters changed. */
const mangled = fc
  .tuple(anyLine, fc.nat(400), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(3))
  .map(([line, at, put, how]) => {
    if (how === 0) return line;
    if (how === 1) return line.slice(0, at);
    const place = line.length === 0 ? 0 : at % line.length;
    return how === 2
      ? line.slice(0, place) + put + line.slice(place + put.length)
      : line.slice(place) + line.slice(0, place);
  });
const log = fc.array(mangled, { maxLength: 6 }).map((lines) => lines.join('\n'));

describe('whatever stands in a log', () => {
  test('it is read to its end, each line it has counted once, or a strict reading says where', () => {
    fc.assert(
      fc.property(log, fc.constantFrom(...formats), (text, format) => {
        const ours = (error: unknown) => (error as Error).name === 'ConfigError';
        try {
          const { summary, statistics } = read(format, text);
          const count = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
          expect(summary.lines).toBe(count);
          expect(statistics.peakLiveProcesses).toBeGreaterThanOrEqual(0);
          if (summary.problems > 0) {
            expect(() => read(format, text, { strict: true })).toThrow(/^log:\d+: /);
          }
        } catch (error) {
          if (!ours(error)) throw error;
        }
        detectFormat(text);
      }),
      { numRuns: fuzzRuns(3000) },
    );
  }, 900_000);

  test('bytes that are no text are read to their end', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(...formats),
        (bytes, format) => {
          expect(read(format, [bytes]).summary.format).toBe(format);
        },
      ),
      { numRuns: Math.min(fuzzRuns(1000), 20_000) },
    );
  }, 300_000);
});

describe('hostile input', () => {
  test.each(formats)(
    'a line without an end is passed over by %s and nothing after it lost',
    (format) => {
      const piece = new Uint8Array(1 << 18).fill(0x61);
      const chunks = [...Array.from({ length: 12 }, () => piece), '\n', 'x\n'];
      const { problems, summary } = read(format, chunks);
      expect(summary.lines).toBe(2);
      expect(problems[0]?.reason).toContain(`longer than ${LINE_BYTES_MAX}`);
    },
  );

  test.each(formats)('long runs of one character cost %s no more than their length', (format) => {
    for (const unit of [
      '[',
      '[1]',
      ' ',
      '"',
      '\\',
      '<',
      '1',
      ' <1.1',
      '= ',
      '{"a":',
      'a(',
      ' pid=1',
    ]) {
      const text = unit.repeat(Math.floor(200_000 / unit.length));
      expect(read(format, `${text}\n`).summary.lines).toBe(1);
    }
  });

  test('problems beyond a thousand are counted and not told', () => {
    const { problems, summary } = read('strace', 'x\n'.repeat(2500));
    expect(problems).toHaveLength(1000);
    expect(summary.problems).toBe(2500);
  });

  test('children that never show up are counted, and said', () => {
    const made = Array.from({ length: 20_000 }, (_, i) => `1 1700000000.1 vfork() = ${i + 2}\n`);
    const { statistics, warnings } = read('strace', made.join(''));
    expect(statistics.peakLiveProcesses).toBe(20_001);
    expect(warnings.join()).toContain('20000 never show up');
  });
});
