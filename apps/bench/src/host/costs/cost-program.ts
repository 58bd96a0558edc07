// native/spawn-cost.c, compiled where there is a compiler, and what it says.
import {
  execFile,
  execFileSync,
  type ExecFileSyncOptionsWithStringEncoding,
} from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Parent } from './parent.ts';

/** A quantity in ns. */
export interface Quantity {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly min: number;
  readonly samples: number;
}

/** How long the metronome took meanwhile when it was least disturbed, in ns: a fork of few pages, of many, and a vfork. */
export interface Beat {
  readonly near: number;
  readonly far: number;
  readonly calls: number;
}

/** One parent, measured: until the call returned, and until the child was waited for. */
export interface Reading {
  readonly parent: Parent;
  readonly call: Quantity;
  readonly total: Quantity;
  /** Writing every page afterwards, where that is part of the state. */
  readonly touch?: Quantity;
  readonly beat: Beat;
}

/** Groups of single operations. */
export const operationGroups = ['calls', 'files', 'memory', 'processes'] as const;

/** Of several readings of one parent the middle one: neither the luckiest moment nor the worst. */
export function middleReading(readings: readonly Reading[]): Reading {
  const sorted = readings.toSorted((a, b) => a.total.p10 - b.total.p10);
  return sorted[(sorted.length - 1) >> 1]!;
}

/** The compiled program. */
export interface CostProgram {
  /** Whether it could put itself before everything else on its CPU. */
  readonly isFirst: boolean;
  measure(parent: Parent, ms: number): Promise<Reading>;
  operations(group: (typeof operationGroups)[number]): Promise<ReadonlyMap<string, Quantity>>;
  remove(): void;
}

/** By its own path: where /bin is a link, a walk through it would not be the one that is counted. */
const dynamicProgram = () => realpathSync('/bin/true');

/** Compiles it, or tells why it cannot be had. */
export function compileCostProgram(): CostProgram | { readonly reason: string } {
  if (process.platform !== 'linux') return { reason: `this is ${process.platform}, not Linux` };
  const folder = mkdtempSync(join(tmpdir(), 'forkless-costs-'));
  const program = join(folder, 'spawn-cost');
  const smallest = join(folder, 'smallest');
  try {
    compile('spawn-cost.c', ['-pthread', '-o', program]);
    compile('smallest.c', ['-static', '-nostdlib', '-o', smallest]);
    const { isFirst } = readLines(execFileSync(program, ['probe'], asText));
    return {
      isFirst,
      ...callsOf(program, smallest),
      remove: () => rmSync(folder, { recursive: true }),
    };
  } catch (error) {
    rmSync(folder, { recursive: true });
    const { stderr, message } = error as Error & { stderr?: string };
    return { reason: `there is no C compiler that can build it: ${firstLine(stderr || message)}` };
  }
}

const asText: ExecFileSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
};

function compile(source: string, rest: readonly string[]): void {
  execFileSync('cc', ['-O2', join(nativeFolder(), source), ...rest], asText);
}

/** Beside `dist` and `src`; this file is in the one or, unbuilt, two deep in the other. */
function nativeFolder(): string {
  const candidates = ['../native', '../../native', '../../../native'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find((path) => existsSync(join(path, 'spawn-cost.c'))) ?? candidates[0]!;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function callsOf(program: string, smallest: string): Pick<CostProgram, 'measure' | 'operations'> {
  const run = promisify(execFile);
  return {
    async measure(parent, ms) {
      const words = Object.entries({
        ...parent,
        program: parent.program === 'static' ? smallest : dynamicProgram(),
        touched: Number(parent.touched),
        inherit: Number(parent.inherit),
        ms,
      }).map(([name, value]) => `${name}=${value}`);
      const { quantities } = readLines((await run(program, ['spawn', smallest, ...words])).stdout);
      return readingOf(parent, quantities);
    },
    async operations(group) {
      return readLines((await run(program, ['operations', group, dynamicProgram()])).stdout)
        .quantities;
    },
  };
}

function readLines(text: string): { isFirst: boolean; quantities: Map<string, Quantity> } {
  const quantities = new Map<string, Quantity>();
  for (const line of text.trim().split('\n')) {
    const [name = '', ...numbers] = line.split(' ');
    const [median = NaN, p10 = NaN, p90 = NaN, min = NaN, samples = NaN] = numbers.map(Number);
    quantities.set(name, { median, p10, p90, min, samples });
  }
  const isFirst = quantities.get('first-in-line')?.median === 1;
  quantities.delete('first-in-line');
  return { isFirst, quantities };
}

function readingOf(parent: Parent, quantities: ReadonlyMap<string, Quantity>): Reading {
  const of = (name: string) => quantities.get(name)!;
  const touch = quantities.get('touch');
  return {
    parent,
    call: of('call'),
    total: of('total'),
    ...(touch === undefined ? {} : { touch }),
    beat: { near: of('beat-near').p10, far: of('beat-far').p10, calls: of('beat-calls').p10 },
  };
}
