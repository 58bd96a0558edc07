// A path run at once: its changes of state in order, with what it counts, and no time at all. The
// same program, so what is timed is what was executed.

import { assert, isRefusal, type Refusal } from '@forkless/errors';
import { Op, Row, type Program } from './program.ts';

/** What a path run at once answered, and how often it came by each kind of step. */
export interface Execution {
  /** The refusal that ended it, after its cleanups ran. */
  readonly refusal: Refusal | undefined;
  /** Trips by lock group. */
  readonly lockTrips: Readonly<Record<string, number>>;
  /** Objects allocated and freed by slab cache. */
  readonly slabs: Readonly<Record<string, { readonly allocs: number; readonly frees: number }>>;
}

const STEPS_MAX = 1 << 24;

/** Runs a compiled path to its end on one state, as CPU `cpu`, alone. Linear in the steps it runs. */
export function execute<S>(program: Program<S>, state: S, cpu = 0): Execution {
  const { rows, functions } = program;
  const lockTrips: Record<string, number> = {};
  const slabs: Record<string, { allocs: number; frees: number }> = {};
  let refusal: Refusal | undefined;
  let pc = 0;
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const at = pc * Row.Words;
    const a = rows[at + 1]!;
    pc++;
    switch (rows[at]) {
      case Op.Change: {
        const answer = functions[a]!(state, cpu);
        if (isRefusal(answer)) {
          refusal ??= answer;
          pc = rows[at + 2]!;
        }
        break;
      }
      case Op.Unless:
        if (functions[a]!(state, cpu) !== true) pc = rows[at + 2]!;
        break;
      case Op.Lock:
        lockTrips[program.locks[a]!] = (lockTrips[program.locks[a]!] ?? 0) + 1;
        break;
      case Op.SlabAlloc:
      case Op.SlabFree: {
        const row = (slabs[program.caches[a]!.name] ??= { allocs: 0, frees: 0 });
        const objectCount = functions[rows[at + 2]!]!(state, cpu) as number;
        row[rows[at] === Op.SlabAlloc ? 'allocs' : 'frees'] += objectCount;
        break;
      }
      case Op.Jump:
        pc = a;
        break;
      case Op.Refused:
        assert(a === Row.Dynamic, 'a path executed at once is not one that starts again');
        return { refusal, lockTrips, slabs };
      case Op.Halt:
        return { refusal, lockTrips, slabs };
    }
  }
  assert(false, `path '${program.name}' ends within ${STEPS_MAX} steps`);
  return { refusal, lockTrips, slabs };
}
