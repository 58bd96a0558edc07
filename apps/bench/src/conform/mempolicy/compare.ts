// Holds the model's answers against recorded ones: field by field, with the slack that the README of the
// recordings grants and nothing more.
import type { Json } from './fields.ts';
import type { RecordedStep } from './scenario.ts';

/** The lines of the README that allow less than equality. */
export const rules = {
  noise: '`free`, `count`, `filled`, `runs`, `nodes_rle`: watermark noise',
  notRun: '`not_run: true` = the process was dead by then',
} as const;

/** Compared fields of one step. */
export interface StepResult {
  readonly checks: number;
  readonly failed: readonly {
    readonly field: string;
    readonly expected: unknown;
    readonly got: unknown;
  }[];
  /** True when there was nothing to compare but noise. */
  readonly isNoise: boolean;
}

const noisy: ReadonlySet<string> = new Set(['free', 'count', 'filled', 'runs', 'nodes_rle']);

/** Compares one step of the scenario of that name. */
export function compareStep(name: string, step: RecordedStep, got: Json | null): StepResult {
  const fields = Object.keys(step.answers).filter(
    (field) => field !== 'ino' && (!noisy.has(field) || isHuge(name, field)),
  );
  const failed = fields
    .filter((field) => !accepts(name, step, field, got))
    .map((field) => ({ field, expected: step.answers[field], got: got?.[field] ?? null }));
  return { checks: fields.length, failed, isNoise: fields.length === 0 };
}

/** Huge pages come in whole runs, which hold exactly. */
function isHuge(name: string, field: string): boolean {
  return name.startsWith('82') && field !== 'free' && field !== 'filled';
}

function accepts(name: string, step: RecordedStep, field: string, got: Json | null): boolean {
  if (got === null) return false;
  const answers = [step.answers, ...step.alternatives];
  return answers.some(
    (recorded) =>
      isSame(field, recorded[field], got[field]) || isSlipped(name, step, field, recorded, got),
  );
}

function isSame(field: string, recorded: unknown, got: unknown): boolean {
  if (field === 'vmas' && Array.isArray(recorded) && Array.isArray(got)) {
    return JSON.stringify(recorded.map(vmaKey)) === JSON.stringify(got.map(vmaKey));
  }
  return JSON.stringify(recorded) === JSON.stringify(got);
}

/** The compared fields of a mapping; its inode is an input. */
function vmaKey(vma: unknown): readonly unknown[] {
  if (typeof vma !== 'object' || vma === null) return [vma];
  const { start, pages, prot, policy, off, n } = vma as Json;
  return [start, pages, prot, policy, off, Object.entries((n ?? {}) as Json).toSorted()];
}

/** One extra advance of the task's walk, where the README accepts one. */
function isSlipped(
  name: string,
  step: RecordedStep,
  field: string,
  recorded: Json,
  got: Json,
): boolean {
  if (step.call === 'get_mempolicy' && field === 'policy') {
    return got['policySlipped'] !== undefined && recorded['policy'] === got['policySlipped'];
  }
  if (!name.startsWith('508_') || field !== 'nodes') return false;
  return isOneAdvanceApart(recorded['nodes'], got['nodes']);
}

/**
 * Whether `recorded` is `got` with one node left out at one place, the walk going on after it; the node
 * beyond the end of `got` is one that follows its last node somewhere in the walk.
 */
export function isOneAdvanceApart(recorded: unknown, got: unknown): boolean {
  if (!Array.isArray(recorded) || !Array.isArray(got) || recorded.length !== got.length) {
    return false;
  }
  const at = recorded.findIndex((node, i) => node !== got[i]);
  const isShifted = recorded.slice(at, -1).every((node, i) => node === got[at + i + 1]);
  const follows = got.some((node, i) => node === got.at(-1) && got[i + 1] === recorded.at(-1));
  return at >= 0 && isShifted && follows;
}
