import { expect, test } from 'vitest';
import {
  compareSpawns,
  mechanismNames,
  MEMORY_ROWS,
  type SpawnAsked,
} from '../src/views/spawn/compare-spawns.ts';
import {
  barsSvg,
  objectsCsv,
  spawnTrace,
  stepsCsv,
  totalNs,
} from '../src/views/spawn/spawn-files.ts';
import { describeInBrowser } from './browser.ts';

const ASKED: SpawnAsked = {
  first: 'fork-exec',
  second: 'posix-spawn-2.39',
  machine: 'epyc-2s-nps4',
  rssMib: 16,
  mappings: 10,
  fds: 20,
  shell: 'dash',
  node: 5,
  level: 'its own',
};

test('fork copies what the parent has written and throws it away; a spawn copies none of it', () => {
  const [forked, spawned] = compareSpawns(ASKED).ways;
  expect(forked.memory.ptes_copied).toBeGreaterThanOrEqual(16 * 256);
  expect(spawned.memory.ptes_copied).toBe(0);
  expect(forked.memory.vm_area_dup).toBeGreaterThan(10);
  expect(spawned.memory.vm_area_dup).toBe(0);
  const [larger] = compareSpawns({ ...ASKED, rssMib: 32 }).ways;
  expect(larger.memory.ptes_copied - forked.memory.ptes_copied).toBe(16 * 256);
  expect(larger.parts.memory).toBeGreaterThan(forked.parts.memory);
  expect(larger.parts.exec).toBeCloseTo(forked.parts.exec, 3);
});

test('each level of awareness leaves less on the wrong node, the last nothing', () => {
  const bytes = (['L0', 'L1', 'L2', 'L3', 'L4'] as const).map((level) => {
    const { placed } = compareSpawns({ ...ASKED, level }).ways[0];
    expect(placed.childNode).toBe(5);
    const elsewhere = placed.nodes.filter(({ node }) => node !== 5);
    const sum = elsewhere.flatMap(({ objects }) => objects.map((one) => one.bytes));
    expect(sum.reduce((a, b) => a + b, 0)).toBe(placed.misplacedBytes);
    return placed.misplacedBytes;
  });
  expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
  expect(bytes[0]).toBeGreaterThan(0);
  expect(bytes.at(-1)).toBe(0);
});

test.each(mechanismNames)('%s: its steps and its objects are saved as tables', (name) => {
  const comparison = compareSpawns({ ...ASKED, first: name });
  const { ways, lines } = comparison;
  expect(stepsCsv(comparison).trimEnd().split('\n')).toHaveLength(lines.length + 1);
  const kinds = ways.flatMap(({ placed }) => placed.nodes.flatMap(({ objects }) => objects));
  expect(objectsCsv(comparison).trimEnd().split('\n')).toHaveLength(kinds.length + 1);
});

test.each(mechanismNames)('%s: steps follow one another and add up to the call', (name) => {
  const { ways, lines } = compareSpawns({ ...ASKED, first: name, shell: 'none' });
  const [{ call }] = ways;
  call.steps.forEach(({ startNs, ns }, at) => {
    const before = call.steps[at - 1];
    expect(startNs).toBeCloseTo(before === undefined ? 0 : before.startNs + before.ns, 3);
    expect(ns).toBeGreaterThan(0);
  });
  const last = call.steps.at(-1)!;
  expect(last.startNs + last.ns).toBeCloseTo(call.ns, 3);
  expect(totalNs(ways[0])).toBeGreaterThan(call.ns);
  expect(barsSvg({ ways, lines })).toContain(name);
  const { traceEvents } = JSON.parse(spawnTrace({ ways, lines })) as {
    traceEvents: { ph: string }[];
  };
  expect(traceEvents.filter(({ ph }) => ph === 'X')).toHaveLength(
    ways[0].call.steps.length + ways[1].call.steps.length,
  );
});

describeInBrowser('making a process', (open) => {
  test('two ways are told apart step by step, with what each copies and takes', async () => {
    const page = await open(
      '#/spawn?first=fork-exec&second=posix-spawn-2.39&rss=16&maps=10&fds=20',
    );
    const { ways, lines } = compareSpawns({ ...ASKED, node: 7 });
    await page.locator('[data-test=steps]').waitFor();
    expect(await page.locator('[data-test=steps] li').count()).toBe(lines.length);
    const only = lines.filter(({ side }) => side !== 'both').length;
    expect(await page.locator('[data-test=steps] li[data-side]').count()).toBe(only);
    expect(await page.locator('[data-test=calls]').allTextContents()).toEqual(
      ways.map(({ systemCalls }) => String(systemCalls)),
    );
    const counted = MEMORY_ROWS.flatMap(([, , counters]) =>
      ways.map(({ memory }) =>
        counters.reduce((sum, counter) => sum + memory[counter], 0).toLocaleString('en'),
      ),
    );
    expect(await page.locator('[data-test=memory] td').allTextContents()).toEqual(counted);
    const shown = await page.locator('[data-test=parts] td').allTextContents();
    expect(shown).toEqual(
      ways.flatMap(({ parts }) => Object.values(parts).map((ns) => (ns / 1000).toFixed(1))),
    );
    expect(await page.locator('[data-test=misplaced]').first().textContent()).toContain(
      `${ways[0].placed.misplacedCount} objects`,
    );
    await page.locator('[data-test=level]').selectOption('L4');
    await page.waitForFunction(() =>
      document.querySelector('[data-test=misplaced]')!.textContent!.startsWith('Nothing'),
    );
    await page.locator('[data-test=first]').selectOption('posix-spawn-2.36');
    expect(page.url()).toContain('first=posix-spawn-2.36');
  });

  test('a parent that is too large is answered with where and what', async () => {
    const page = await open('#/spawn?rss=lots');
    expect(await page.locator('[role=alert]').textContent()).toBe(
      'written memory: expected a whole number from 0 to 1024, got "lots"',
    );
  });
});
