// A stranger's allocator with a fault that only the order of its calls tells: three ids in a row without a free
// between them, and the third one is the second again.
import type { PidDesign } from '@forkless/pid';
import { design as queue } from './queue.ts';

/** The allocator. */
export const design: PidDesign = {
  ...queue,
  name: 'third-time',
  create(options) {
    const ids = queue.create<never>(options);
    let last = 0;
    let inRow = 0;
    return {
      ...ids,
      allocCyclic(min, end, cpu) {
        if (++inRow > 2) return last;
        const id = ids.allocCyclic(min, end, cpu);
        if (typeof id === 'number') last = id;
        return id;
      },
      free(id) {
        inRow = 0;
        ids.free(id);
      },
    };
  },
};
