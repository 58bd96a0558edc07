// `forkless topology`: any machine, and what Linux makes of it.
import {
  formatHwlocXml,
  formatSvg,
  machineToJson,
  type Machine,
  presets,
} from '@forkless/topology';
import { ConfigError } from '@forkless/errors';
import { exitStatus } from '../exit-status.ts';
import { formatTable } from '../terminal/table.ts';
import { colorsFor, type Colors } from '../terminal/terminal.ts';
import { findMachine } from '../topology/find-machine.ts';
import { describeHost } from '../topology/host-machine.ts';
import { showMachine } from '../topology/show-machine.ts';
import { examples, type AddCommand } from './command.ts';

/** What a machine can be shown as; text without any. */
interface TopologyOptions {
  readonly json?: boolean;
  readonly text?: boolean;
  readonly xml?: boolean;
  readonly svg?: boolean;
}

/** Ways to show a machine. */
type View = keyof TopologyOptions;

/** Adds `topology`. */
export const addTopology: AddCommand = (program, { terminal }, end) => {
  program
    .command('topology')
    .summary('any machine, and what Linux makes of it')
    .description(
      'Show a machine: this one, a preset, the copy of a /sys (a folder or a tar archive), XML of hwloc, the output of numactl -H or lscpu, or a synthetic description. Without arguments: name this machine and list the presets.',
    )
    .argument('[machine]', 'host, a preset, a folder, a file, or a description')
    .option('--text', 'tree, distances and fallback order (what is shown without an option)')
    .option('--json', 'everything as one JSON object')
    .option('--xml', 'what hwloc 2 reads')
    .option('--svg', 'a drawing')
    .addHelpText(
      'after',
      examples(
        'forkless topology host',
        'forkless topology epyc-2s-nps4',
        "forkless topology 'pack:2 [numa(memory=64GB)] l3:4 core:8 pu:2'",
        'forkless topology power9-gpu --svg > power9.svg',
        "forkless topology host --json | jq '.fallbackOrder.boot'",
      ),
    )
    .action((word: string | undefined, options: TopologyOptions) => {
      const { stdout, stderr, env } = terminal;
      const colors = colorsFor(stdout, env);
      if (word === undefined) stdout.write(listMachines(colors, stdout.columns));
      else {
        const machine = findMachine(word);
        stdout.write(render(machine, options, colors));
        for (const warning of machine.warnings) stderr.write(`warning: ${warning}\n`);
      }
      end(exitStatus.fine);
    });
};

function render(machine: Machine, options: TopologyOptions, colors: Colors): string {
  const views: Readonly<Record<View, () => string>> = {
    text: () => showMachine(machine, colors),
    json: () => `${JSON.stringify(machineToJson(machine))}\n`,
    xml: () => formatHwlocXml(machine.tree),
    svg: () => formatSvg(machine.tree),
  };
  const asked = (Object.keys(views) as View[]).filter((view) => options[view] === true);
  if (asked.length > 1) {
    throw new ConfigError(
      `topology: found ${asked.map((view) => `--${view}`).join(' and ')}, expected one of them`,
    );
  }
  return views[asked[0] ?? 'text']();
}

function listMachines({ bold }: Colors, width: number | undefined): string {
  const rows = presets.map(({ name, description }) => [name, description]);
  return [
    `${bold('host')}  ${describeHost()}`,
    '',
    formatTable([{ head: 'preset' }, { head: 'what it is' }], rows, width),
    '',
  ].join('\n');
}
