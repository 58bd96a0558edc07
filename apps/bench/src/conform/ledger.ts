// Holds what the model allocates against what a real kernel allocated, for parents of described state:
// slab objects by cache, size and function, pages by kind and function, side by side and phase by phase.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelEntries } from './ledger/model.ts';
import {
  recordedEntries,
  recordedRanges,
  type Recording,
  type Totals,
} from './ledger/recording.ts';
import type { ConformMismatch, ConformReport, ConformSkip, ConformSuite } from './report.ts';

const RULES: readonly {
  readonly applies: (name: string, operation: string) => boolean;
  readonly rule: string;
}[] = [
  {
    applies: (name) => / percpu \(/.test(name),
    rule: '`percpu` is not a slab',
  },
  {
    applies: (name) => name.startsWith('parent clone: maple_node '),
    rule: 'fork, maple nodes: depends on the insertion history, no formula verified',
  },
  {
    applies: (name) => Number(/: kmalloc-(\d+) /.exec(name)?.[1] ?? 0) > 8192,
    rule: 'Doubled event: with a kmalloc above 8 KiB the tracepoint fires more than once; `pages` is the truth',
  },
  {
    applies: (name, operation) =>
      operation === 'vfork_exec_dynamic' && /^child (exec|run|exit):/.test(name),
    rule: 'Depend on the installed /bin/true, libc and loader, hence compare loosely',
  },
  {
    applies: (name) => /(__get_vm_area_node|__vmalloc_node_range_noprof|sigqueue )/.test(name),
    rule: 'Known noise: a kernel-stack cache miss; the sigqueue of the exit signal in some rounds only',
  },
];

/** `user` pages of the one copy-on-write fault after fork: who writes first is a race. */
const RACE = /^(parent after-clone|child start): user page do_wp_page$/;

/** Reads every case of `directory` and builds it in the model. */
export const conformLedger: ConformSuite = (directory) => {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  const failed: ConformMismatch[] = [];
  const skipped: ConformSkip[] = [];
  let checks = 0;
  for (const file of files) {
    const recording = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Recording;
    const compared = compareLedger(recording);
    checks += compared.checks;
    failed.push(...compared.failed.map((one) => ({ file, ...one })));
    skipped.push(...compared.skipped.map((one) => ({ file, ...one })));
  }
  return report(files.length, checks, failed, skipped);
};

function report(
  files: number,
  checks: number,
  failed: readonly ConformMismatch[],
  skipped: readonly ConformSkip[],
): ConformReport {
  return { suite: 'ledger', files, checks, passed: checks - failed.length, failed, skipped };
}

/** What comparing one case came to. */
export interface LedgerComparison {
  readonly checks: number;
  readonly failed: readonly Omit<ConformMismatch, 'file'>[];
  readonly skipped: readonly Omit<ConformSkip, 'file'>[];
}

/** Compares one case, count by count. */
export function compareLedger(recording: Recording): LedgerComparison {
  const expected = raceAtStart(recordedEntries(recording));
  const got = raceAtStart(modelEntries(recording));
  const ranges = recordedRanges(recording);
  const failed: Omit<ConformMismatch, 'file'>[] = [];
  const skipped: Omit<ConformSkip, 'file'>[] = [];
  let checks = 0;
  for (const step of new Set([...expected.keys(), ...got.keys()])) {
    const rule = RULES.find(({ applies }) => applies(step, recording.operation))?.rule;
    if (rule !== undefined) {
      skipped.push({ step, rule });
      continue;
    }
    checks++;
    const count = got.get(step) ?? 0;
    const range = RACE.test(step) ? undefined : ranges.get(step);
    const isRight =
      range === undefined
        ? count === (expected.get(step) ?? 0)
        : count >= range[0] && count <= range[1];
    if (!isRight) failed.push({ step, expected: range ?? expected.get(step) ?? 0, got: count });
  }
  for (const who of ['parent', 'child'] as const) {
    if (!hasWholeTotals(who, skipped, ranges)) continue;
    for (const [name, sum] of Object.entries(totalsOf(who, got))) {
      checks++;
      const total = recording.totals[who][name as keyof Totals];
      if (sum !== total) failed.push({ step: `${who} total ${name}`, expected: total, got: sum });
    }
  }
  return { checks, failed, skipped };
}

/** Whether all of a side was compared, so that its sums can be. */
function hasWholeTotals(
  who: string,
  skipped: readonly { readonly step: string }[],
  ranges: ReadonlyMap<string, unknown>,
): boolean {
  const isOf = (step: string): boolean => step.startsWith(who) && !/ percpu \(/.test(step);
  return !skipped.some(({ step }) => isOf(step)) && ![...ranges.keys()].some(isOf);
}

const SLAB = /^\w+ [\w-]+: [\w-]+ \((\d+) bytes\)/;

/** Sums over one side; the pages of the race are on neither. */
function totalsOf(who: string, entries: ReadonlyMap<string, number>): Totals {
  const sums = { slabObjects: 0, slabBytes: 0, pageTablePages: 0, otherPages: 0 };
  for (const [name, count] of entries) {
    if (!name.startsWith(who)) continue;
    const slab = SLAB.exec(name);
    if (slab !== null) {
      sums.slabObjects += count;
      sums.slabBytes += count * Number(slab[1]);
    }
    if (name.includes(': page-table page ')) sums.pageTablePages += count;
    if (name.includes(': other page ')) sums.otherPages += count;
  }
  return sums;
}

/** Counts the pages of the race on one side. */
function raceAtStart(entries: ReadonlyMap<string, number>): Map<string, number> {
  const merged = new Map<string, number>();
  for (const [name, count] of entries) {
    const key = RACE.test(name) ? 'child start: user page do_wp_page' : name;
    merged.set(key, (merged.get(key) ?? 0) + count);
  }
  return merged;
}
