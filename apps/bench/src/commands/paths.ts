// `forkless paths`: the steps of a way to make a process, or what two ways do differently.
import { ConfigError } from '@forkless/errors';
import {
  comparePaths,
  FOREIGN_MECHANISMS,
  MECHANISMS,
  mechanismNamed,
  pathLines,
  SAMPLE_REQUEST,
  type DifferenceLine,
  type Mechanism,
  type PathLine,
} from '@forkless/spawn';
import { exitStatus } from '../exit-status.ts';
import { orElse } from '../suggest.ts';
import { formatTable } from '../terminal/table.ts';
import { colorsFor, type Colors } from '../terminal/terminal.ts';
import { examples, type AddCommand } from './command.ts';

const LISTED: readonly Mechanism[] = [...MECHANISMS, ...FOREIGN_MECHANISMS];
const UNCHECKED = 'not checked against a running system';

/** Adds `paths`. */
export const addPaths: AddCommand = (program, context, end) => {
  program
    .command('paths')
    .summary('show the steps of a way to make a process, or what two do differently')
    .description(
      'Print the list of steps by which a mechanism serves one request (a program with its output into a pipe and nothing else open). With two mechanisms: the difference. Without: list them.',
    )
    .argument('[mechanism]', 'a way to make a process')
    .argument('[other]', 'another one to compare it with')
    .option('--undo', 'print also what takes a refused step back')
    .option('--json', 'print one JSON array of lines')
    .addHelpText(
      'after',
      examples(
        'forkless paths',
        'forkless paths vfork-exec',
        'forkless paths posix-spawn-2.36 posix-spawn-2.39',
        'forkless paths musl-posix-spawn posix-spawn-2.39',
      ),
    )
    .action((first: string | undefined, second: string | undefined, { undo, json }) => {
      const { stdout, stderr, env } = context.terminal;
      if (first === undefined) {
        stdout.write(listMechanisms(stdout.columns));
        return end(exitStatus.fine);
      }
      const lines = linesFor(first, second, undo === true);
      const colors = colorsFor(stdout, env);
      (json ? stderr : stdout).write(notesOn(first, second));
      stdout.write(json ? `${JSON.stringify(lines)}\n` : showLines(lines, colors));
      return end(exitStatus.fine);
    });
};

function linesFor(
  first: string,
  second: string | undefined,
  withUndo: boolean,
): readonly (PathLine | DifferenceLine)[] {
  const lines = (name: string) =>
    pathLines(checkedMechanism(name).pathFor(SAMPLE_REQUEST).nodes, withUndo);
  return second === undefined ? lines(first) : comparePaths(lines(first), lines(second));
}

function checkedMechanism(name: string): Mechanism {
  const mechanism = mechanismNamed(name);
  if (mechanism !== undefined) return mechanism;
  const names = LISTED.map((known) => known.name);
  throw new ConfigError(`There is no mechanism "${name}"; ${orElse(name, names)}`);
}

/** One line for each mechanism that nobody held against the system it is of. */
function notesOn(...names: readonly (string | undefined)[]): string {
  return names
    .flatMap((name) => (name === undefined ? [] : [checkedMechanism(name)]))
    .filter(({ unchecked }) => unchecked !== undefined)
    .map(({ name, unchecked }) => `${name}: ${UNCHECKED}; ${unchecked}.\n`)
    .join('');
}

function listMechanisms(width: number | undefined): string {
  const table = (mechanisms: readonly Mechanism[]): string => {
    const rows = mechanisms.map(({ name, title, source }) => [name, title, source]);
    const heads = ['mechanism', 'what it does', 'source'].map((head) => ({ head }));
    return `${formatTable(heads, rows, width)}\n`;
  };
  return `${table(MECHANISMS)}\nRead, but ${UNCHECKED}:\n\n${table(FOREIGN_MECHANISMS)}`;
}

function showLines(lines: readonly (PathLine | DifferenceLine)[], colors: Colors): string {
  return lines.map((line) => `${showLine(line, colors)}\n`).join('');
}

function showLine(line: PathLine | DifferenceLine, { red, green }: Colors): string {
  const text = `${'  '.repeat(line.depth)}${line.text}`;
  if (!('side' in line) || line.side === 'both') return `  ${text}`;
  return line.side === 'first' ? red(`- ${text}`) : green(`+ ${text}`);
}
