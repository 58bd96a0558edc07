// The answers of one step, in the words of the recordings.
import { isRefusal, type Refusal } from '@forkless/errors';
import type { World } from './world.ts';
import type { Fields, Json } from './fields.ts';

/** Answers one call from its inputs. */
export type Handler = (world: World, inputs: Fields) => Json;

/** What every call answers: `ret` and `errno`. */
export function retOf(result: number | string | Refusal): Json {
  return isRefusal(result) ? { ret: -1, errno: result.errno } : { ret: result, errno: null };
}

/** An address as recordings write it. */
export function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
