// An allocator under watch: every id it hands out and takes back is noted beside it, so that what it does
// can be held against what it must never do.

import { isRefusal } from '@forkless/errors';
import type { IdAllocator } from '../id-allocator.ts';

/** What an allocator has done so far. */
export class IdHistory {
  /** Ids handed out and not given back. */
  readonly live = new Set<number>();
  /** Ids handed out at any time. */
  readonly used = new Set<number>();
  /** Every call that changes the allocator, with its answer, in order: what any allocator's state follows from. */
  readonly calls: number[] = [];
  /** The first thing that was wrong, in words. */
  fault: string | undefined;

  handedOut(id: number): void {
    if (this.live.has(id)) this.fault ??= `id ${id} is handed out while it is live`;
    else if (this.used.has(id)) this.fault ??= `id ${id} is handed out again too early`;
    this.live.add(id);
    this.used.add(id);
  }

  givenBack(id: number): void {
    if (!this.live.has(id)) this.fault ??= `id ${id} is given back and was not live`;
    this.live.delete(id);
  }
}

const [REFUSED, FREED, PUBLISHED] = [-1, -2, -3];

/** Puts an allocator under watch; its calls answer as before. */
export function watchIds<T>(ids: IdAllocator<T>): IdHistory {
  const history = new IdHistory();
  const { shards } = ids;
  const allocCyclic = ids.allocCyclic.bind(ids);
  const allocExact = ids.allocExact.bind(ids);
  const free = ids.free.bind(ids);
  const freeOwned = shards?.freeOwned.bind(shards);
  const publish = ids.publish.bind(ids);
  const noted = <Answer>(answer: Answer, cpu: number | undefined): Answer => {
    if (!isRefusal(answer)) history.handedOut(Number(answer));
    history.calls.push(isRefusal(answer) ? REFUSED : Number(answer), cpu ?? 0);
    return answer;
  };
  // An allocator's methods may call each other, but a free is noted once.
  let isWithin = false;
  const freed = <Answer>(id: number, call: () => Answer): Answer => {
    if (!isWithin) history.givenBack(id);
    if (!isWithin) history.calls.push(FREED, id);
    isWithin = true;
    const answer = call();
    isWithin = false;
    return answer;
  };
  ids.allocCyclic = (min, end, cpu) => noted(allocCyclic(min, end, cpu), cpu);
  ids.allocExact = (id, cpu) => noted(allocExact(id, cpu), cpu);
  ids.publish = (id, value) => {
    history.calls.push(PUBLISHED, id);
    publish(id, value);
  };
  ids.free = (id) => freed(id, () => free(id));
  if (shards !== undefined && freeOwned !== undefined) {
    shards.freeOwned = (id) => freed(id, () => freeOwned(id));
  }
  return history;
}
