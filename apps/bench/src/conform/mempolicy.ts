// The conformance suite of memory policy: scenarios of system calls that a real kernel with several NUMA
// nodes answered, step by step.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareStep, rules } from './mempolicy/compare.ts';
import { runScenario } from './mempolicy/run-scenario.ts';
import { readScenario, type Scenario } from './mempolicy/scenario.ts';
import type { ConformMismatch, ConformReport, ConformSkip } from './report.ts';

/** Runs every scenario below a folder. */
export function conformMempolicy(directory: string): ConformReport {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  const failed: ConformMismatch[] = [];
  const skipped: ConformSkip[] = [];
  let checks = 0;
  for (const file of files) {
    const scenario = readScenario(file, readFileSync(join(directory, file), 'utf8'));
    const result = conformScenario(file, scenario);
    checks += result.checks;
    failed.push(...result.failed);
    skipped.push(...result.skipped);
  }
  const passed = checks - failed.length;
  return { suite: 'mempolicy', files: files.length, checks, passed, failed, skipped };
}

/** Runs one scenario and compares what can be compared. */
export function conformScenario(
  file: string,
  scenario: Scenario,
): Pick<ConformReport, 'checks' | 'failed' | 'skipped'> {
  const { steps, exitStatus } = runScenario(scenario);
  const failed: ConformMismatch[] = [];
  const skipped: ConformSkip[] = [];
  let checks = 1;
  if (exitStatus !== scenario.exitStatus) {
    const [expected, got] = [scenario.exitStatus, exitStatus];
    failed.push({ file, step: 'exit_status', expected, got });
  }
  for (const [index, step] of scenario.steps.entries()) {
    const place = `${index} ${step.call}`;
    const got = steps[index] ?? null;
    if (step.isNotRun && got === null) {
      skipped.push({ file, step: place, rule: rules.notRun });
      continue;
    }
    if (step.isNotRun) {
      checks++;
      failed.push({ file, step: place, expected: 'the process is dead', got });
      continue;
    }
    const result = compareStep(scenario.name, step, got);
    checks += result.checks;
    if (result.isNoise && step.call !== 'child_exit' && step.call !== 'execve') {
      skipped.push({ file, step: place, rule: rules.noise });
    }
    for (const one of result.failed) {
      failed.push({ file, step: `${place}: ${one.field}`, expected: one.expected, got: one.got });
    }
  }
  return { checks, failed, skipped };
}
