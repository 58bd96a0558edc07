// Runs a command line in this process on a terminal that keeps what is written.
import type { CommandContext } from '../../src/commands/command.ts';
import { main } from '../../src/main.ts';
import { sampleExperiment } from './sample-experiment.ts';

/** What came of a command line. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `forkless …args`; `context` replaces parts of its world, `isTTY` puts a person before it. */
export async function runCommand(
  args: readonly string[],
  { isTTY = false, ...context }: Partial<CommandContext> & { isTTY?: boolean } = {},
): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  let clockMs = 0;
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    isTTY,
    columns: 100,
  });
  const status = await main(args, {
    terminal: {
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      env: {},
      nowMs: () => (clockMs += 600),
    },
    experiments: [sampleExperiment],
    suites: {},
    presetNames: ['small', 'epyc-nps4'],
    ...context,
  });
  return { status, ...written };
}
