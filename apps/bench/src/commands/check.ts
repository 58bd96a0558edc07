// `forkless check`: every interleaving of a few CPUs that make and free pids, or a schedule that breaks
// something.
import { ConfigError } from '@forkless/errors';
import {
  DesignRegistry,
  MAX_PID_NS_LEVEL,
  PID_INVARIANTS,
  PID_KERNELS,
  pidExploration,
  type LockingName,
  type PidDesign,
  type PidKernelName,
  type PidWorldOptions,
} from '@forkless/pid';
import { explore, EXPLORED_CPU_COUNT_MAX, traceSchedule, type Exploration } from '@forkless/sim';
import { exitStatus } from '../exit-status.ts';
import { findDesign } from '../find-design.ts';
import { showNumber } from '../show-value.ts';
import { orElse } from '../suggest.ts';
import { colorsFor, type Colors } from '../terminal/terminal.ts';
import { examples, type AddCommand } from './command.ts';

const OPS_MAX = 8;

/** Adds `check`. */
export const addCheck: AddCommand = (program, context, end) => {
  const { names } = new DesignRegistry();
  program
    .command('check')
    .summary('look at every interleaving of a few CPUs that make and free pids')
    .description(
      `Run every order in which a few CPUs can make and free pids with an allocator, over the very steps that are timed, and hold each state against what must never happen. A schedule that breaks something is printed as the CPUs of its moves. The exit status is 1 if there is one. Allocators: ${names.join(', ')}.`,
    )
    .argument('<allocator>', 'a name, or a file that exports a `design`')
    .option('--cpus <count>', 'CPUs', '3')
    .option('--ops <count>', 'operations of each CPU: make a pid, free it, make one, …', '2')
    .option('--kernel <version>', `whose steps: ${Object.keys(PID_KERNELS).join(', ')}`, '7.0')
    .option('--locking <name>', "how it is guarded; the kernel's own way when left out")
    .option('--level <depth>', 'level of the PID namespace the pids are made in', '0')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'forkless check idr',
        'forkless check range-radix --cpus 3 --ops 2',
        'forkless check bitmap-hash --kernel 6.18 --level 1 --json',
        'forkless check ./queue.ts --cpus 2',
      ),
    )
    .action(async (word: string, options: Record<string, string>) => {
      const checked = checkedOptions(await findDesign(word), options);
      const explored = pidExploration(checked);
      const found = explore(explored, PID_INVARIANTS);
      const schedule = found.counterExample?.schedule ?? [];
      const steps = traceSchedule(explored, schedule, found.merged);
      const colors = colorsFor(context.terminal.stdout, context.terminal.env);
      const { cpus, ops, kernel, level } = checked;
      context.terminal.stdout.write(
        options['json']
          ? `${JSON.stringify({ allocator: checked.design.name, cpus, ops, kernel, level, ...found })}\n`
          : showExploration(checked, found, steps, colors),
      );
      const holds = found.counterExample === undefined && found.lockCycle === undefined;
      return end(holds && found.isComplete ? exitStatus.fine : exitStatus.checkFailed);
    });
};

function checkedOptions(design: PidDesign, options: Record<string, string>): PidWorldOptions {
  const kernel = options['kernel']!;
  if (!Object.hasOwn(PID_KERNELS, kernel)) {
    const known = Object.keys(PID_KERNELS);
    throw new ConfigError(`There is no kernel "${kernel}"; ${orElse(kernel, known)}`);
  }
  return {
    design,
    kernel: kernel as PidKernelName,
    locking: checkedLocking(design, options['locking']),
    cpus: wholeNumber('--cpus', options['cpus']!, 1, EXPLORED_CPU_COUNT_MAX),
    ops: wholeNumber('--ops', options['ops']!, 1, OPS_MAX),
    level: wholeNumber('--level', options['level']!, 0, MAX_PID_NS_LEVEL),
  };
}

function checkedLocking(design: PidDesign, given: string | undefined): LockingName | undefined {
  const locking = design.lockings.find((known) => known === given);
  if (given === undefined || locking !== undefined) return locking;
  throw new ConfigError(
    `${design.name} cannot be guarded by "${given}"; ${orElse(given, design.lockings)}`,
  );
}

function wholeNumber(option: string, given: string, min: number, max: number): number {
  const value = Number(given);
  if (Number.isInteger(value) && given.trim() !== '' && value >= min && value <= max) return value;
  throw new ConfigError(
    `${option}: expected a whole number from ${min} to ${max}, got "${given}".`,
  );
}

function showExploration(
  { design, kernel, locking, cpus, ops, level }: PidWorldOptions,
  found: Exploration,
  steps: readonly { cpu: number; step: string }[],
  { bold, green, red, dim }: Colors,
): string {
  const { stateCount, moveCount, counterExample, lockCycle, unguarded, isComplete } = found;
  const guard = locking === undefined ? '' : `, ${locking}`;
  const scope = `kernel ${kernel}${guard}, level ${level}, ${cpus} CPUs × ${ops} operations`;
  const lines = [`${bold(design.name)}  ${scope}`];
  const counts = `${showNumber(stateCount)} states, ${showNumber(moveCount)} schedules run`;
  if (counterExample !== undefined) {
    lines.push(
      `${red('broken')}  ${counterExample.invariant}: ${counterExample.message}`,
      `  schedule ${counterExample.schedule.join(' ')}`,
      ...steps.map(({ cpu, step }) => `  ${dim(`CPU ${cpu}`)}  ${step}`),
    );
  } else if (isComplete) {
    lines.push(`${green('holds')}  in every state: ${counts}`);
    lines.push(...PID_INVARIANTS.map(({ name }) => `  ${dim('✓')} ${name}`));
  } else {
    lines.push(`${red('not all')}  was looked at: ${counts}; try fewer CPUs or operations`);
  }
  if (lockCycle !== undefined) lines.push(`${red('locks in a circle')}  ${lockCycle.join(' → ')}`);
  if (unguarded.length > 0) {
    lines.push(
      dim(`no one lock guards ${unguarded.slice(0, 3).join(', ')}: steps were taken one by one`),
    );
  }
  return `${lines.join('\n')}\n`;
}
