// What every command is given and what it gives back; each command stands in a file of its own and adds
// itself to the program.
import type { Command } from 'commander';
import type { ListedSuite } from '../conform/suites.ts';
import type { Experiment } from '../experiments/experiment.ts';
import type { ExitStatus } from '../exit-status.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The world of a command: where it prints, and the lists it picks from by name. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly experiments: readonly Experiment[];
  readonly suites: Readonly<Record<string, ListedSuite>>;
  /** Names of the machine presets. */
  readonly presetNames: readonly string[];
}

/**
 * Adds one command to the program. `end` takes the exit status; a `ConfigError` thrown instead is shown
 * as one sentence.
 */
export type AddCommand = (
  program: Command,
  context: CommandContext,
  end: (status: ExitStatus) => void,
) => void;

/** Examples under the help of a command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
