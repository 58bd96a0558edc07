// `forkless host spawn`: our spawn beside others on the machine at hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capabilities } from '@forkless/host';
import { ConfigError } from '@forkless/errors';
import { exitStatus } from '../../exit-status.ts';
import { raceSpawns, loadNames, type SpawnRace } from '../../host/spawn-race.ts';
import { showNumber } from '../../show-value.ts';
import { orElse } from '../../suggest.ts';
import { createProgress } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { colorsFor, type Colors } from '../../terminal/terminal.ts';
import { wholeNumber } from '../../whole-number.ts';
import { examples, type AddCommand } from '../command.ts';
import { makeFolder } from '../../make-folder.ts';

interface SpawnOptions {
  readonly rounds: number;
  readonly load?: readonly string[];
  readonly program: string;
  readonly json?: boolean;
  readonly out?: string;
}

/** Adds `host spawn`. */
export const addHostSpawn: AddCommand = (host, { terminal }, end) => {
  host
    .command('spawn')
    .summary('our spawn beside child_process and a C posix_spawn')
    .description(
      'Spawn from processes with more and more memory, open files and mappings: the time blocked in the call, until the exit is known, children a second at 16 in flight, and how long the event loop was held up. Each variant is a process of its own, variants in turn; ratios are of one run.',
    )
    .option(
      '--rounds <number>',
      'how often each variant is measured',
      wholeNumber('--rounds', 1, 100),
      3,
    )
    .option('--load <name>', 'only this load; repeat for more', collect)
    .option('--program <path>', 'what is spawned', '/bin/true')
    .option('--json', 'print one JSON object')
    .option('--out <folder>', 'also write the JSON and a plot there')
    .addHelpText(
      'after',
      examples(
        'forkless host spawn',
        "forkless host spawn --load fresh --load '1 GiB' --rounds 1",
        "forkless host spawn --json | jq '.rows[] | {load, ratio}'",
      ),
    )
    .action(async (options: SpawnOptions) => {
      checkLoads(options.load ?? []);
      const { mechanism, reason } = capabilities();
      if (mechanism !== 'clone3') {
        terminal.stderr.write(`Both columns are child_process here: ${reason}.\n`);
      }
      const progress = createProgress(terminal);
      const race = await raceSpawns({
        rounds: options.rounds,
        program: options.program,
        only: options.load ?? [],
        progress: (done, total, what) => progress.update(done, total, what),
      }).finally(() => progress.end());
      const { stdout, env } = terminal;
      stdout.write(
        options.json === true
          ? `${JSON.stringify(race)}\n`
          : showRace(race, colorsFor(stdout, env), stdout.columns),
      );
      if (options.out !== undefined) await writeRace(race, options.out);
      end(exitStatus.fine);
    });
};

function showRace(
  { node, program, rounds, rows, withoutC }: SpawnRace,
  { dim }: Colors,
  width: number | undefined,
): string {
  const columns = [
    { head: 'parent' },
    ...[
      'RSS MiB',
      'call µs',
      'node',
      'ratio',
      'latency µs',
      'node',
      'ratio',
      'C µs',
      'to C',
      'a second',
      'node',
      'ratio',
      'loop p99 ms',
      'node',
    ].map((head) => ({ head, align: 'right' as const })),
  ];
  const cells = rows.map(({ load, residentMib, host, childProcess, ratio, ...row }) => [
    load,
    showNumber(residentMib),
    showNumber(host.callUs),
    showNumber(childProcess.callUs),
    times(ratio.call),
    showNumber(host.latencyUs),
    showNumber(childProcess.latencyUs),
    times(ratio.latency),
    row.posixSpawnUs === null ? '' : showNumber(row.posixSpawnUs),
    row.latencyOverC === null ? '' : times(row.latencyOverC),
    showNumber(host.perSecond),
    showNumber(childProcess.perSecond),
    times(ratio.perSecond),
    showNumber(host.loopDelayMsP99, 1),
    showNumber(childProcess.loopDelayMsP99, 1),
  ]);
  const notes = [
    `${program} from Node ${node}; medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    ...(withoutC === undefined ? [] : [withoutC]),
  ];
  return `${formatTable(columns, cells, width)}\n${notes.map((note) => dim(note)).join('\n')}\n`;
}

function times(ratio: number): string {
  return `${showNumber(ratio, ratio < 10 ? 2 : 0)}×`;
}

/** The plot's library loads here and not before. */
async function writeRace(race: SpawnRace, folder: string): Promise<void> {
  const { racePage } = await import('../../host/spawn-page.ts');
  makeFolder(folder);
  writeFileSync(join(folder, 'host-spawn.json'), `${JSON.stringify(race, null, 2)}\n`);
  writeFileSync(join(folder, 'host-spawn.html'), racePage(race));
}

function checkLoads(names: readonly string[]): void {
  for (const name of names) {
    if (loadNames.includes(name)) continue;
    throw new ConfigError(`--load: there is no load "${name}"; ${orElse(name, loadNames)}`);
  }
}

function collect(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name];
}
