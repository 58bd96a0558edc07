// `forkless conform`: holds the model against recorded answers of real kernels and tools.
import { statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '@forkless/errors';
import type { ConformReport } from '../conform/report.ts';
import { exitStatus } from '../exit-status.ts';
import { showNumber } from '../show-value.ts';
import { orElse } from '../suggest.ts';
import { formatTable } from '../terminal/table.ts';
import { colorsFor, type Colors } from '../terminal/terminal.ts';
import { examples, type AddCommand, type CommandContext } from './command.ts';
import { makeFolder } from '../make-folder.ts';

/** Mismatches shown in the terminal; `--json` has all of them. */
const shownMax = 20;

/** Adds `conform`. */
export const addConform: AddCommand = (program, context, end) => {
  program
    .command('conform')
    .summary('hold the model against recorded answers of real kernels')
    .description(
      'Read every recording below a folder, ask the model the same, and list each answer that differs. The exit status is 1 if any does. Without arguments: list the suites.',
    )
    .argument('[suite]', 'which recordings these are')
    .argument('[folder]', 'where they are')
    .option('--json', 'print one JSON object with every mismatch and skipped step')
    .option('--report <file>', 'also write that object to a file')
    .addHelpText(
      'after',
      examples(
        'forkless conform',
        'forkless conform structures recordings/structures',
        "forkless conform topology recordings/topology --json | jq '.failed'",
      ),
    )
    .action(
      async (name: string | undefined, folder: string | undefined, { json, report: file }) => {
        if (name === undefined) {
          context.terminal.stdout.write(listSuites(context));
          return end(exitStatus.fine);
        }
        const report = await suiteNamed(name, context).run(checkedFolder(name, folder));
        if (typeof file === 'string') writeReport(file, report);
        const colors = colorsFor(context.terminal.stdout, context.terminal.env);
        context.terminal.stdout.write(
          json ? `${JSON.stringify(report)}\n` : showReport(report, colors),
        );
        return end(report.failed.length === 0 ? exitStatus.fine : exitStatus.checkFailed);
      },
    );
};

function suiteNamed(name: string, { suites }: CommandContext) {
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (suite !== undefined) return suite;
  throw new ConfigError(`There is no suite "${name}"; ${orElse(name, Object.keys(suites))}`);
}

function checkedFolder(suite: string, folder: string | undefined): string {
  if (folder === undefined) {
    throw new ConfigError(`conform ${suite}: expected the folder with the recordings after it.`);
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new ConfigError(`conform ${suite}: "${folder}" is no folder that can be read.`);
}

function writeReport(file: string, report: ConformReport): void {
  makeFolder(dirname(file));
  writeFileSync(file, `${JSON.stringify(report)}\n`);
}

function listSuites({ suites, terminal }: CommandContext): string {
  const rows = Object.entries(suites).map(([name, { title }]) => [name, title]);
  return rows.length === 0
    ? 'There are no suites yet.\n'
    : `${formatTable([{ head: 'suite' }, { head: 'compares' }], rows, terminal.stdout.columns)}\n`;
}

function showReport(report: ConformReport, { bold, green, red, dim }: Colors): string {
  const { suite, files, checks, passed, failed, skipped } = report;
  const rules = new Map<string, number>();
  for (const { rule } of skipped) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  return [
    `${bold(suite)}  ${count(files, 'file')}, ${count(checks, 'check')}: ${green(`${showNumber(passed)} passed`)}, ${(failed.length > 0 ? red : dim)(`${showNumber(failed.length)} failed`)}, ${count(skipped.length, 'step')} skipped`,
    ...failed
      .slice(0, shownMax)
      .flatMap(({ file, step, expected, got }) => [
        `${red('differs')} ${file}: ${step}`,
        `  expected ${shorten(expected)}`,
        `  got      ${shorten(got)}`,
      ]),
    ...(failed.length > shownMax
      ? [`… and ${failed.length - shownMax} more (--json has all)`]
      : []),
    ...[...rules].map(([rule, steps]) => `${dim(`skipped ${steps}`)} ${rule}`),
    '',
  ].join('\n');
}

function count(n: number, one: string): string {
  return `${showNumber(n)} ${one}${n === 1 ? '' : 's'}`;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
