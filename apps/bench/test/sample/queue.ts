// A stranger's allocator: freed ids wait in a queue until every other id was used.
import { LineTraffic, type IdAllocator, type PidDesign } from '@forkless/pid';

const full = { ok: false, errno: 'ENOSPC', reason: 'no free id' } as const;

/** The allocator. */
export const design: PidDesign = {
  name: 'queue',
  title: 'freed ids wait in a queue until every other id was used',
  lockings: ['one-trip'],
  isCyclic: false,
  isShareable: false,
  create<T>({ end }: { end: number }): IdAllocator<T> {
    const values = new Map<number, T | undefined>();
    const used = new Set<number>();
    const take = (id: number) => {
      used.add(id);
      values.set(id, undefined);
      return id;
    };
    return {
      slab: { cache: 'none', bytes: 0 },
      traffic: new LineTraffic(),
      cursor: 0,
      allocCyclic(min, limit) {
        for (let id = min; id < Math.min(end, limit); id++) if (!used.has(id)) return take(id);
        return full;
      },
      allocExact: (id) => (values.has(id) ? full : take(id)),
      publish: (id, value) => void values.set(id, value),
      free: (id) => void values.delete(id),
      find: (id) => values.get(id),
      next(from) {
        const ids = [...values.keys()].filter((id) => id >= from && values.get(id) !== undefined);
        const id = Math.min(...ids);
        return ids.length === 0 ? undefined : { id, value: values.get(id)! };
      },
    };
  },
};
