// `forkless host calibrate`: single operations and spawns of this machine as a cost profile. What is not
// measured here keeps the figure and the provenance it has in the profile the new one is based on.
import { arch, cpus, release } from 'node:os';
import type { CostProfile, Figure } from '@forkless/sim';
import { operationGroups, type CostProgram, type Quantity, type Reading } from './cost-program.ts';
import { fitCosts, ownAnchors, parentsToFit } from './fit-costs.ts';
import { showParent } from './parent.ts';

/** What a calibration is told. */
export interface CalibrationOptions {
  readonly name: string;
  readonly base: CostProfile;
  readonly rounds: number;
  progress(done: number, total: number, what: string): void;
}

/** The profile, and all that was measured for it. */
export interface Calibration {
  readonly profile: CostProfile;
  /** Names of the figures that are of this machine. */
  readonly measured: readonly string[];
  readonly operations: Readonly<Record<string, Quantity>>;
  readonly readings: readonly Reading[];
}

/** How long a parent is measured, without the taking on of its state. */
const parentMs = 200;

/** Runs it: some seconds for the operations, and for each round over the parents about fifteen. */
export async function calibrate(
  program: CostProgram,
  { name, base, rounds, progress }: CalibrationOptions,
): Promise<Calibration> {
  const fittedParents = parentsToFit(ownAnchors);
  const total = operationGroups.length + rounds * fittedParents.length;
  const operations: Record<string, Quantity> = {};
  for (const [index, group] of operationGroups.entries()) {
    progress(index, total, group);
    Object.assign(operations, Object.fromEntries(await program.operations(group)));
  }
  const readings: Reading[][] = [];
  for (let round = 0; round < rounds; round++) {
    const inRound: Reading[] = [];
    for (const [index, parent] of fittedParents.entries()) {
      progress(
        operationGroups.length + round * fittedParents.length + index,
        total,
        showParent(parent),
      );
      inRound.push(await program.measure(parent, parentMs));
    }
    readings.push(inRound);
  }
  const origin = originOf(program);
  const own = { ...operationFigures(operations, origin), ...fitCosts(readings, origin) };
  const figures = { ...base.figures, ...scaledFigures(base, own, origin), ...own };
  const description = `Measured by forkless host calibrate on ${origin}; the rest as in ${base.name}`;
  const measured = Object.keys(own).toSorted();
  return {
    profile: { name, description, figures },
    measured,
    operations,
    readings: readings.flat(),
  };
}

function originOf({ isFirst }: CostProgram): string {
  const [cpu] = cpus();
  const model = cpu?.model.trim() || arch();
  const line = isFirst ? 'SCHED_FIFO' : 'normal priority';
  return `${model}, ${cpus().length} CPUs, Linux ${release()}, one CPU, ${line}`;
}

/** Operations that are figures by themselves, or with what stands in them taken off. */
const derived: Readonly<
  Record<string, { readonly of: string; readonly less?: readonly string[] }>
> = {
  syscall: { of: 'syscall' },
  'path.miss': { of: 'path-miss', less: ['syscall', 'path.component', 'path.component'] },
  'exec.probe': { of: 'execve-miss', less: ['path-miss'] },
  'mempolicy.set': { of: 'mempolicy-bind', less: ['syscall'] },
  'fault.anon': { of: 'fault-write' },
  'fault.zero': { of: 'fault-read' },
  'fault.huge': { of: 'fault-huge' },
  'fault.cow-reuse': { of: 'fault-cow-reuse' },
  'fault.cow-copy': { of: 'fault-cow-copy' },
  'file.pipe': { of: 'pipe-close', less: ['syscall', 'close', 'close'] },
  'pidfd.make': { of: 'pidfd-close', less: ['syscall', 'close'] },
};

/** Two components and a call make up an access of the program. */
const components = 3;

function operationFigures(
  operations: Readonly<Record<string, Quantity>>,
  origin: string,
): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  const access = operations['path-access'];
  const call = operations['syscall'];
  if (access !== undefined && call !== undefined) {
    const spread = { ...access, median: access.median - call.median, p10: access.p10 - call.p10 };
    const each = { ...spread, p90: access.p90 - call.p90 };
    figures['path.component'] = figureOfQuantity(each, 1 / components, 0, `${origin}; path-access`);
  }
  for (const [name, { of, less = [] }] of Object.entries(derived)) {
    const quantity = operations[of];
    if (quantity === undefined) continue;
    const known = less.map((other) => operations[other]?.median ?? figures[other]?.value);
    if (known.includes(undefined)) continue;
    const taken = known.reduce<number>((sum, value) => sum + value!, 0);
    const source = `${origin}; ${[of, ...less].join(' less ')}`;
    figures[name] = figureOfQuantity(quantity, 1, taken, source);
  }
  return figures;
}

/** What cannot be told apart from outside grows and shrinks as the whole that it is part of. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  'host.vfork': ['clone.base', 'task.switch', 'exit.base'],
  'host.fork-exit': ['fork.mm', 'exit.mm'],
  'host.exec': ['exec.base', 'exec.header'],
  'host.exec-dynamic': ['exec.dynamic', 'exec.library'],
};

function scaledFigures(
  base: CostProfile,
  own: Readonly<Record<string, Figure>>,
  origin: string,
): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const [whole, parts] of Object.entries(partsOf)) {
    const factor = (own[whole]?.value ?? NaN) / (base.figures[whole]?.value ?? NaN);
    if (!Number.isFinite(factor)) continue;
    for (const part of parts) {
      const before = base.figures[part];
      if (before === undefined) continue;
      const { value, low, high, unit } = before;
      figures[part] = {
        value: value * factor,
        unit,
        low: low * factor,
        high: high * factor,
        provenance: 'estimated',
        source: `as in ${base.name}, times what ${whole} takes on ${origin} and took there`,
      };
    }
  }
  return figures;
}

function figureOfQuantity(
  { median, p10, p90, samples }: Quantity,
  factor: number,
  taken: number,
  source: string,
): Figure {
  const of = (value: number) => Math.max(0, (value - taken) * factor);
  return {
    value: of(median),
    unit: 'ns',
    // A difference of two quantities need not be in their order.
    low: Math.min(of(p10), of(median)),
    high: Math.max(of(p90), of(median)),
    provenance: 'measured',
    source: `${source}, median of ${samples}`,
  };
}
