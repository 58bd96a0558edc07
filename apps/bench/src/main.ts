// The command from its arguments to its exit status: builds the program from its commands and turns what
// goes wrong into one sentence, or into a request to report our own bug.
import { ConfigError } from '@forkless/errors';
import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { examples, type AddCommand, type CommandContext } from './commands/command.ts';
import { addCheck } from './commands/check.ts';
import { addConform } from './commands/conform.ts';
import { addExperiments } from './commands/experiments.ts';
import { addHost } from './commands/host.ts';
import { addPaths } from './commands/paths.ts';
import { addExport } from './commands/export.ts';
import { addReplay } from './commands/replay.ts';
import { addReport } from './commands/report.ts';
import { addRun } from './commands/run.ts';
import { addThreads } from './commands/threads.ts';
import { addSweep } from './commands/sweep.ts';
import { addTopology } from './commands/topology.ts';
import { addWorker } from './commands/worker.ts';
import { exitStatus, type ExitStatus } from './exit-status.ts';
import { colorsFor, type Terminal } from './terminal/terminal.ts';

const commands: readonly AddCommand[] = [
  addExperiments,
  addHost,
  addRun,
  addReport,
  addSweep,
  addWorker,
  addExport,
  addReplay,
  addConform,
  addCheck,
  addPaths,
  addTopology,
  addThreads,
];

/** Runs one command line (without `node` and the script) and resolves to the exit status. */
export async function main(args: readonly string[], context: CommandContext): Promise<ExitStatus> {
  const { terminal } = context;
  let status: ExitStatus = exitStatus.fine;
  const program = createProgram(terminal);
  for (const add of commands) add(program, context, (ended) => (status = ended));
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return explain(error, terminal);
  }
}

function createProgram(terminal: Terminal): Command {
  return new Command('forkless')
    .description(
      'Rerun, race and replay ideas about process creation before anyone patches a kernel.',
    )
    .version(version, '-V, --version')
    .helpCommand(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.stdout.columns ?? 80,
      getErrHelpWidth: () => terminal.stderr.columns ?? 80,
      outputError: (text, write) => write(text.replace(/^error: /, 'forkless: ')),
    })
    .addHelpText(
      'after',
      examples('forkless experiments', 'forkless run all --out out', 'forkless run --help'),
    )
    .addHelpText(
      'after',
      'Exit status: 0 fine, 1 a check failed, 2 usage or bad input, 70 a bug in forkless, 130 stopped.',
    );
}

function explain(error: unknown, { stderr, env }: Terminal): ExitStatus {
  if (error instanceof CommanderError) {
    // Commander has said it already; help and version come this way too.
    return error.exitCode === 0 ? exitStatus.fine : exitStatus.badInput;
  }
  const { red } = colorsFor(stderr, env);
  if (error instanceof ConfigError) {
    stderr.write(`${red('forkless:')} ${error.message}\n`);
    return exitStatus.badInput;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(
    `${red('forkless:')} this is a bug in forkless ${version}. Please report it with the command line and what follows.\n${stack}\n`,
  );
  return exitStatus.ourBug;
}
