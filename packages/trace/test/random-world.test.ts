import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from './fuzz-runs.ts';
import { read } from './read.ts';
import { playWorld, worldChoices } from './reference/random-world.ts';

fc.configureGlobal({ seed: 0x74726163 });

describe('a world told by two recorders', () => {
  test('has the same figures in both tellings and in truth', () => {
    fc.assert(
      fc.property(worldChoices(fc), (choices) => {
        const { strace, perf, figures } = playWorld(choices);
        const { createRefused, execRefused, exitNonzero, ...common } = figures;
        const fromStrace = read('strace', strace, { strict: true }).statistics;
        const fromPerf = read('tracepoint', perf, { strict: true }).statistics;
        expect(fromStrace).toMatchObject({ ...common, createRefused, exitNonzero });
        expect(sum(fromStrace.execRefused)).toBe(execRefused);
        expect(fromPerf).toMatchObject(common);
      }),
      { numRuns: Math.min(fuzzRuns(300), 5000) },
    );
  }, 300_000);

  test('is read the same however it is cut into chunks', () => {
    const cuts = fc.array(fc.nat(4000), { maxLength: 40 });
    fc.assert(
      fc.property(worldChoices(fc), cuts, fc.boolean(), (choices, places, isStrace) => {
        const { strace, perf } = playWorld(choices);
        const text = isStrace ? strace : perf;
        const format = isStrace ? 'strace' : 'tracepoint';
        const bytes = new TextEncoder().encode(text);
        const sorted = [0, ...places.filter((at) => at < bytes.length), bytes.length].toSorted(
          (a, b) => a - b,
        );
        const chunks = sorted.slice(1).map((to, i) => bytes.slice(sorted[i], to));
        expect(read(format, chunks).events).toEqual(read(format, text).events);
      }),
      { numRuns: Math.min(fuzzRuns(100), 2000) },
    );
  }, 300_000);

  test('a planted lie is found: a fork told as a thread changes the figures', () => {
    const choices = Array.from({ length: 200 }, (_, i) => ((i * 7919) % 1000) / 1000);
    const { perf, figures } = playWorld(choices);
    expect(figures.createdProcesses).toBeGreaterThan(0);
    const lie = perf.replace(/clone_flags=(1200000|4100)/, 'clone_flags=3d0f00');
    expect(read('tracepoint', lie).statistics.createdProcesses).toBe(figures.createdProcesses - 1);
  });
});

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
