// A stranger's allocator with something wrong in it: it hands out the same id over and over.
import { BitmapHash } from '@forkless/pid';

export const design = {
  name: 'always-300',
  title: 'hands out the same id over and over',
  lockings: ['one-trip'],
  isCyclic: true,
  isShareable: true,
  create: (options) =>
    new (class extends BitmapHash {
      allocCyclic() {
        return 300;
      }
    })(options),
};
