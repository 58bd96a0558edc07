// What one step touched, in words: the difference of two ledgers, one before it and one after.
import type { Ledger } from '@forkless/sim';

/** How far a line came, in words. */
const FROM: Readonly<Record<string, string>> = {
  same: 'from its own cache',
  smt: 'from the sibling thread',
  l2: 'from a core of the same L2',
  l3: 'from a core of the same L3',
  package: 'from another L3 of the package',
  remote: 'from another package',
};

/** Locks taken, lines with where they came from, objects made and freed. */
export function touchedBetween(before: Ledger, after: Ledger, waits: boolean): readonly string[] {
  return [...locks(before, after, waits), ...lines(before, after), ...slabs(before, after)];
}

function* locks(before: Ledger, after: Ledger, waits: boolean): Generator<string> {
  for (const [name, { trips }] of Object.entries(after.locks)) {
    if (trips > before.locks[name]!.trips) yield waits ? `queues for ${name}` : `takes ${name}`;
  }
}

function* lines(before: Ledger, after: Ledger): Generator<string> {
  for (const [name, now] of Object.entries(after.lines)) {
    const then = before.lines[name]!;
    if (now.hits > then.hits) yield times(now.hits - then.hits, `${name} in its own cache`);
    if (now.fromMemory > then.fromMemory) {
      yield times(now.fromMemory - then.fromMemory, `${name} from memory`);
    }
    for (const [distance, count] of Object.entries(now.transfers)) {
      const moved = count - then.transfers[distance]!;
      if (moved > 0) yield times(moved, `${name} ${FROM[distance] ?? `from ${distance}`}`);
    }
  }
}

function* slabs(before: Ledger, after: Ledger): Generator<string> {
  for (const { cache, node, allocs, frees } of after.slabs) {
    const then = before.slabs.find((one) => one.cache === cache && one.node === node);
    const made = allocs - (then?.allocs ?? 0);
    const freed = frees - (then?.frees ?? 0);
    if (made > 0) yield times(made, `${cache} made on node ${node}`);
    if (freed > 0) yield times(freed, `${cache} freed on node ${node}`);
  }
}

const times = (count: number, what: string) => (count === 1 ? what : `${count} × ${what}`);
