// The suite every design passes, a stranger's too: random operations, beside the plain list of ids, with
// the space now filling up and now draining, from one CPU or from several.

import { InvariantError } from '@forkless/errors';
import { RandomStreams } from '@forkless/sim';
import type { PidDesign } from '../designs/design.ts';
import type { StatePlace } from '../designs/state.ts';
import { HeldAgainst } from './held-against.ts';

/** How long and on what a design is checked. */
export interface DesignCheckOptions {
  readonly seed: number;
  readonly operationCount: number;
  /** Ids are below this; 700 when left out, so that it runs full. */
  readonly end?: number;
  /** CPUs that call in turn; 1 when left out. A cyclic design has to be exactly so on one. */
  readonly cpuCount?: number;
  readonly place?: StatePlace;
}

/** What broke the contract, and after how many operations. */
export interface DesignFault {
  readonly operation: number;
  readonly message: string;
}

/** Operations between turns of the tide. */
const TIDE = 2000;
/** Of 100 operations while the space fills up, and while it drains, those that allocate. */
const ALLOCS_FILLING = 60;
const ALLOCS_DRAINING = 25;
const OTHERS = 15;

/** Checks one design; undefined when nothing broke. Linear in the operations. */
export function checkDesign(
  design: PidDesign,
  options: DesignCheckOptions,
): DesignFault | undefined {
  const { seed, operationCount, end = 700, cpuCount = 1, place = 'private' } = options;
  const ids = design.create<number>({ end, cpuCount, place });
  const pair = new HeldAgainst(ids, design.isCyclic && cpuCount === 1);
  const random = new RandomStreams(seed, 1);
  const draw = (below: number) => Math.floor(random.nextUnit(0) * below);
  let operation = 0;
  try {
    for (; operation < operationCount; operation++) {
      const fills = Math.floor(operation / TIDE) % 2 === 0;
      step(pair, draw, { fills, end, cpuCount });
    }
    pair.finish();
    return undefined;
  } catch (error) {
    if (error instanceof InvariantError) return { operation, message: error.message };
    throw error;
  }
}

function step(
  pair: HeldAgainst,
  draw: (below: number) => number,
  { fills, end, cpuCount }: { fills: boolean; end: number; cpuCount: number },
): void {
  const { taken } = pair.plain;
  const kind = draw(100);
  const cpu = draw(cpuCount);
  const allocs = fills ? ALLOCS_FILLING : ALLOCS_DRAINING;
  if (kind < allocs) {
    const min = draw(4) === 0 ? draw(end) : 1;
    const last = draw(4) === 0 ? min + 1 + draw(end - min) : end;
    pair.alloc(min, last, cpu, draw(20) !== 0);
  } else if (kind < 100 - OTHERS) {
    pair.free(taken.length > 0 && draw(20) !== 0 ? taken[draw(taken.length)]! : draw(end));
  } else {
    other(pair, draw, end, cpu);
  }
}

function other(pair: HeldAgainst, draw: (below: number) => number, end: number, cpu: number): void {
  switch (draw(5)) {
    case 0:
      return pair.allocExact(draw(end), cpu);
    case 1:
      return pair.publish(draw(end));
    case 2:
      return pair.find(draw(end));
    case 3:
      return pair.next(draw(end));
    default:
      // Seldom, as only somebody who writes ns_last_pid does it.
      if (draw(20) === 0) pair.setCursor(draw(end));
  }
}
