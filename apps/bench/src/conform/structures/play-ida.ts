// Plays recorded IDA operations on the package's IDA.

import { ConfigError, isRefusal } from '@forkless/errors';
import { Ida } from '@forkless/xarray';
import { toNumber, type Answers, type OpInput, type Player } from './recording.ts';

/** A new IDA that answers operations. */
export function playIda(): Player {
  const warnings: string[] = [];
  const ida = new Ida({ onWarning: (what) => warnings.push(what) });
  return (input) => {
    warnings.length = 0;
    const answers = answer(ida, input);
    return {
      ...answers,
      empty: Number(ida.isEmpty),
      ...(warnings.length > 0 ? { warn: true } : {}),
    };
  };
}

function answer(ida: Ida, input: OpInput): Answers {
  switch (input.op) {
    case 'allocRange': {
      const id = ida.allocRange(toNumber(input['min']), toNumber(input['max']));
      return { ret: isRefusal(id) ? id.errno : id };
    }
    case 'fill':
      return fill(ida, toNumber(input['n']), toNumber(input['min']), toNumber(input['max']));
    case 'free':
      ida.free(toNumber(input['id']));
      return {};
    case 'freeRange':
      for (let id = toNumber(input['first']); id <= toNumber(input['last']); id++) ida.free(id);
      return {};
    case 'isEmpty':
      return { ret: ida.isEmpty };
    case 'destroy':
      ida.destroy();
      return {};
    case 'dump':
      return { dump: runs(ida) };
    default:
      throw new ConfigError(`There is no ida operation "${input.op}".`);
  }
}

function fill(ida: Ida, count: number, min: number, max: number): Answers {
  let first = -1;
  let last = -1;
  for (let done = 0; done < count; done++) {
    const id = ida.allocRange(min, max);
    if (isRefusal(id)) return { done, first, last, ret: id.errno };
    if (done === 0) first = id;
    last = id;
  }
  return { done: count, first, last, ret: 0 };
}

/** The taken ids as runs. */
function runs(ida: Ida): [number, number][] {
  const found: [number, number][] = [];
  for (let id = ida.next(0); id !== undefined; id = ida.next(id + 1)) {
    const run = found.at(-1);
    if (run !== undefined && run[1] === id - 1) run[1] = id;
    else found.push([id, id]);
  }
  return found;
}
