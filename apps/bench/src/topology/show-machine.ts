// A machine for people: what it is, its tree, how far its nodes are from each other, and where each
// one turns when its memory is gone.
import { describeMachine, formatConsole, type Machine } from '@forkless/topology';
import { formatTable } from '../terminal/table.ts';
import type { Colors } from '../terminal/terminal.ts';

/** The text of `forkless topology`. */
export function showMachine(machine: Machine, { bold }: Colors): string {
  const parts = [`${bold(describeMachine(machine))}\n`, formatConsole(machine.tree)];
  if (machine.nodes.length > 1) {
    parts.push(`${bold('Distances and fallback order')}\n${nodeTable(machine)}\n`);
  }
  return parts.join('\n');
}

/** A row a node: distances to all, and the allocator's order, with the one after hot-add if it differs. */
function nodeTable(machine: Machine): string {
  const ids = machine.nodes.map(({ node }) => node);
  const orders = (phase: 'boot' | 'rebuilt') =>
    ids.map((node) => machine.fallbackOrder(node, phase).join(' '));
  const boot = orders('boot');
  const rebuilt = orders('rebuilt');
  const isSame = boot.every((order, i) => order === rebuilt[i]);
  return formatTable(
    [
      { head: 'node', align: 'right' },
      ...ids.map((id) => ({ head: String(id), align: 'right' as const })),
      { head: isSame ? 'allocates from' : 'allocates from, at boot' },
      ...(isSame ? [] : [{ head: 'after hot-add' }]),
    ],
    ids.map((id, i) => [
      String(id),
      ...ids.map((other) => String(machine.distance(id, other))),
      boot[i]!,
      ...(isSame ? [] : [rebuilt[i]!]),
    ]),
  );
}
