// `forkless host calibrate`: the costs of this machine as a profile that experiments take.
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ConfigError } from '@forkless/errors';
import { checkProfile, ZEN5_GUEST, type Figure } from '@forkless/sim';
import { exitStatus } from '../../exit-status.ts';
import { calibrate, type Calibration } from '../../host/costs/calibrate.ts';
import { compileCostProgram } from '../../host/costs/cost-program.ts';
import { profileNamed } from '../../profiles.ts';
import { showFigure } from '../../show-value.ts';
import { createProgress } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { colorsFor } from '../../terminal/terminal.ts';
import { wholeNumber } from '../../whole-number.ts';
import { examples, type AddCommand } from '../command.ts';

interface CalibrateOptions {
  readonly rounds: number;
  readonly name?: string;
  readonly base: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `host calibrate`. */
export const addHostCalibrate: AddCommand = (host, { terminal }, end) => {
  host
    .command('calibrate')
    .summary('measure what things cost here, as a cost profile')
    .description(
      'Measure single operations, and parents of known states that make children, in a C program on one CPU; and write what follows as a cost profile: each figure with its interval and where it comes from. About five seconds for the operations and fifteen a round. Figures that are not measured stay as in the profile it is based on.',
    )
    .option(
      '--rounds <number>',
      'how often each parent is measured',
      wholeNumber('--rounds', 1, 20),
      3,
    )
    .option('--name <name>', 'the name of the profile; at first that of this machine')
    .option('--base <name or file>', 'the profile for what is not measured', ZEN5_GUEST.name)
    .option('--out <file>', 'write the profile there')
    .option('--json', 'print the profile and all that was measured as one JSON object')
    .addHelpText(
      'after',
      examples(
        'forkless host calibrate --out here.json',
        'forkless host predict --profile here.json',
        'forkless run proc-walk --profile here.json',
      ),
    )
    .action(async (options: CalibrateOptions) => {
      const program = compileCostProgram();
      if ('reason' in program)
        throw new ConfigError(`host calibrate measures in C: ${program.reason}`);
      if (!program.isFirst) {
        terminal.stderr.write(notFirst);
      }
      const progress = createProgress(terminal);
      let calibration: Calibration;
      try {
        calibration = await calibrate(program, {
          name: options.name ?? hostname(),
          base: profileNamed(options.base),
          rounds: options.rounds,
          progress: (done, total, what) => progress.update(done, total, what),
        });
      } finally {
        progress.end();
        program.remove();
      }
      checkProfile(calibration.profile);
      if (options.out !== undefined) {
        writeFileSync(options.out, `${JSON.stringify(calibration.profile, null, 2)}\n`);
      }
      const { dim } = colorsFor(terminal.stdout, terminal.env);
      terminal.stdout.write(
        options.json === true
          ? `${JSON.stringify(calibration)}\n`
          : `${figureTable(calibration)}\n${dim(calibration.profile.description)}\n`,
      );
      end(exitStatus.fine);
    });
};

/** Said where the program competes with what else runs. */
export const notFirst =
  'This process may not put itself first in line (CAP_SYS_NICE); expect wider intervals.\n';

function figureTable({ profile, measured }: Calibration): string {
  const right = ['value', 'low', 'high', 'unit'].map((head) => ({ head, align: 'right' as const }));
  const cells = measured.map((name) => [name, ...figureCells(profile.figures[name]!)]);
  return formatTable([{ head: 'figure' }, ...right], cells);
}

function figureCells({ value, low, high, unit }: Figure): string[] {
  return [...[value, low, high].map(showFigure), unit];
}
