// `forkless replay`: a recording of a real workload played on the model, with every way to make a process
// in the place of its forks, and as a timeline.
import { closeSync, openSync, writeSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import { DesignRegistry } from '@forkless/pid';
import { SERVER_2025 } from '@forkless/sim';
import { MECHANISMS, replayTime, SLICES, type Mechanism, type Replayed } from '@forkless/spawn';
import { preset } from '@forkless/topology';
import { createChromeTraceWriter, createPerfettoWriter, type TraceFormat } from '@forkless/trace';
import { exitStatus } from '../exit-status.ts';
import type { ForkCopies } from '../replay/fork-copies.ts';
import { readLives, type RecordedLives } from '../replay/recorded-life.ts';
import { replay } from '../replay/replay-model.ts';
import { showNumber } from '../show-value.ts';
import { orElse } from '../suggest.ts';
import { formatTable } from '../terminal/table.ts';
import { examples, type AddCommand } from './command.ts';

interface ReplayCommandOptions {
  readonly mechanism: readonly Mechanism[];
  readonly machine: string;
  readonly allocator: string;
  readonly parentMib: number;
  readonly format?: TraceFormat;
  readonly strict?: boolean;
  readonly timeline?: string;
  readonly json?: boolean;
}

const FORMATS: readonly TraceFormat[] = ['strace', 'tracepoint', 'forkstate', 'ndjson'];

/** Lines that make no sense and are shown. */
const TOLD_MAX = 20;

/** Adds `replay`. */
export const addReplay: AddCommand = (program, { presetNames, terminal }, end) => {
  program
    .command('replay')
    .summary('a recorded workload on the model, by every way to make a process')
    .description(
      'Rebuild the processes of a recording (strace, perf script, ftrace, our NDJSON; .gz too), make them again on the model as they were made and by other mechanisms, and count what each would have taken. Children that never run a program can only be forked. Of rows of forkstate: what the forks copied.',
    )
    .argument('<recording>', 'a file; the README of @forkless/trace says how to record one')
    .option('--mechanism <names>', 'some of `forkless paths`, or all', mechanismsNamed, MECHANISMS)
    .option(
      '--machine <preset>',
      'the machine it is replayed on',
      checkedMachine(presetNames),
      'epyc-1s-24',
    )
    .option('--allocator <name>', 'hands out the pids', checkedAllocator, 'idr')
    .option(
      '--parent-mib <n>',
      'written memory of every parent, which recordings of calls do not say',
      checkedMib,
      0,
    )
    .option('--format <name>', 'if it cannot be told from the first lines', checkedFormat)
    .option('--strict', 'stop at the first line that makes no sense')
    .option('--timeline <file>', 'also write a timeline: .json for Chrome, else for Perfetto')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'forkless replay build.strace',
        'forkless replay build.perf.gz --mechanism posix-spawn-2.39,kernel-spawn-1 --allocator range-radix',
        'forkless replay build.strace --timeline build.pftrace',
      ),
    )
    .action(async (path: string, options: ReplayCommandOptions) => {
      const { mechanism, machine, allocator, parentMib, format, strict = false } = options;
      const { timeline, json } = options;
      let told = 0;
      const lives = await readLives(path, {
        strict,
        ...(format === undefined ? {} : { format }),
        onProblem({ file, line, reason }) {
          if (told++ < TOLD_MAX) terminal.stderr.write(`forkless: ${file}:${line}: ${reason}\n`);
        },
      });
      if (lives.problems > TOLD_MAX) {
        terminal.stderr.write(`forkless: ${lives.problems} lines made no sense in all.\n`);
      }
      if (lives.forkCopies !== undefined) {
        terminal.stdout.write(showCopies(path, lives.forkCopies, json));
        return end(exitStatus.fine);
      }
      if (lives.records.length === 0)
        throw new ConfigError(`${path}: expected some process in it.`);
      const cpuCount = preset(machine).cpus.length;
      const replayed = [undefined, ...mechanism].map((one) =>
        replay(lives.records, { mechanism: one, allocator, cpuCount, parentMib }),
      );
      if (timeline !== undefined) writeTimeline(timeline, lives);
      terminal.stdout.write(
        json
          ? asJson(path, lives, options, replayed)
          : asText(lives, options, replayed, terminal.stdout.columns),
      );
      end(exitStatus.fine);
    });
};

function asJson(
  recording: string,
  { statistics, summary, warnings, problems }: RecordedLives,
  { machine, allocator }: ReplayCommandOptions,
  replayed: readonly Replayed[],
): string {
  const { format, lines, wallNs } = summary;
  const recorded = { format, lines, problems, wallNs, ...statistics };
  const timed = replayed.map((one) => ({ ...one, time: replayTime(one, SERVER_2025) }));
  const profile = SERVER_2025.name;
  return `${JSON.stringify({ recording, machine, allocator, profile, recorded, warnings, replayed: timed })}\n`;
}

function showCopies(recording: string, copies: ForkCopies, json: boolean | undefined): string {
  if (json) return `${JSON.stringify({ recording, forkCopies: copies })}\n`;
  const { processes, copying, vmas, rssPages, fds } = copies;
  return [
    `${showNumber(processes)} processes made, ${showNumber(copying)} of them with a copy of their parent's memory:`,
    `${showNumber(vmas)} mappings copied, over at most ${showNumber(rssPages)} resident pages.`,
    `They were given ${showNumber(fds)} open descriptors.`,
    'A child that is spawned without a copy takes none of the mappings and pages; which of these ran a program is in recordings of strace, perf or ftrace.',
    '',
  ].join('\n');
}

function asText(
  { statistics, warnings }: RecordedLives,
  { machine, allocator, parentMib }: ReplayCommandOptions,
  replayed: readonly Replayed[],
  width: number | undefined,
): string {
  const parents =
    parentMib === 0 ? 'parents that were just started' : `parents of ${parentMib} MiB`;
  const { createdProcesses, createdThreads, forkWithoutExec, peakLiveProcesses } = statistics;
  const asRecorded = replayed[0]!;
  const right = (head: string) => ({ head, align: 'right' as const });
  const columns = [
    { head: 'made by' },
    ...['served', 'syscalls', 'objects', 'memory copies', 'copies saved'].map(right),
  ];
  const rows = replayed.map((one) => [
    one.mechanism,
    showNumber(one.served),
    showNumber(one.syscalls),
    showNumber(one.slabObjects),
    showNumber(one.memoryCopies),
    showNumber(asRecorded.memoryCopies - one.memoryCopies),
  ]);
  return [
    `${showNumber(createdProcesses)} processes and ${showNumber(createdThreads)} threads made, at most ${showNumber(peakLiveProcesses)} processes at once.`,
    `${showNumber(forkWithoutExec)} never ran a program, so no spawn can make them: they are forked in every row.`,
    ...warnings.map((sentence) => `Note: ${sentence}`),
    '',
    formatTable(columns, rows, width),
    '',
    timeTable(replayed, width),
    '',
    `Counted on the model, on ${machine} with ${allocator}. Times are these counts and those of exec, linking, exit and wait by the profile ${SERVER_2025.name}, for ${parents}.`,
    '',
  ].join('\n');
}

/** Milliseconds by part, for every way, and what is saved of the recording's own. */
function timeTable(replayed: readonly Replayed[], width: number | undefined): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  const times = replayed.map((one) => replayTime(one, SERVER_2025));
  const ms = (ns: number): string => (ns / 1e6).toFixed(ns < 1e8 ? 2 : 0);
  const columns = [{ head: 'ms' }, ...SLICES.map(right), ...['together', 'saved'].map(right)];
  const rows = times.map(({ ns, parts }, at) => [
    replayed[at]!.mechanism,
    ...SLICES.map((slice) => ms(parts[slice])),
    ms(ns),
    savedOf(times[0]!.ns, ns),
  ]);
  return formatTable(columns, rows, width);
}

function savedOf(before: number, now: number): string {
  return before === 0 ? '0.0 %' : `${(100 * (1 - now / before)).toFixed(1)} %`;
}

function checkedMib(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_536) return value;
  throw new ConfigError(`--parent-mib: expected a whole number from 0 to 65536, got "${text}"`);
}

function writeTimeline(path: string, { records, summary }: RecordedLives): void {
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw new ConfigError(`"${path}" cannot be written: ${(error as Error).message}.`);
  }
  const writer = path.endsWith('.json')
    ? createChromeTraceWriter((text) => void writeSync(file, text))
    : createPerfettoWriter((bytes) => void writeSync(file, bytes));
  for (const record of records) writer.process(record);
  writer.end(summary.wallNs);
  closeSync(file);
}

function mechanismsNamed(text: string): readonly Mechanism[] {
  if (text === 'all') return MECHANISMS;
  const known = MECHANISMS.map(({ name }) => name);
  return text.split(',').map((name) => {
    const found = MECHANISMS.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new ConfigError(`--mechanism: there is no "${name}"; ${orElse(name, known)}`);
  });
}

function checkedMachine(presetNames: readonly string[]) {
  return (name: string): string => {
    if (presetNames.includes(name)) return name;
    throw new ConfigError(`--machine: there is no preset "${name}"; ${orElse(name, presetNames)}`);
  };
}

function checkedAllocator(name: string): string {
  return new DesignRegistry().get(name).name;
}

function checkedFormat(name: string): TraceFormat {
  const found = FORMATS.find((format) => format === name);
  if (found !== undefined) return found;
  throw new ConfigError(`--format: there is no "${name}"; ${orElse(name, FORMATS)}`);
}
