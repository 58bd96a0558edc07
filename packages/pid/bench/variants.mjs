// What is timed, each as an allocator of ids 300 … 4 194 303 with an object under each: our designs, and
// what one can build of npm packages. A peer without a cyclic search is given one by probing, unless it
// hands out ids in an order of its own.
import { PID_DESIGNS } from '../dist/index.js';

export const END = 4_194_304;
export const MIN = 300;

/** Adds a cyclic search to something that knows whether an id is taken. */
const probing = ({ has, add, remove, find, next }) => {
  let cursor = MIN;
  return {
    alloc(value) {
      while (has(cursor)) cursor = cursor + 1 === END ? MIN : cursor + 1;
      const id = cursor;
      cursor = id + 1 === END ? MIN : id + 1;
      add(id, value);
      return id;
    },
    free: remove,
    find,
    next,
  };
};

const ours = (design) => async () => {
  const ids = design.create({ end: END });
  return {
    alloc(value) {
      const id = ids.allocCyclic(MIN, END);
      ids.publish(id, value);
      return id;
    },
    free: (id) => ids.free(id),
    find: (id) => ids.find(id),
    next: (from) => ids.next(from)?.id ?? -1,
    bytes: () => ids.stateBytes,
  };
};

export const variants = {
  ...Object.fromEntries(PID_DESIGNS.map((design) => [design.name, ours(design)])),
  '@thi.ng/idgen + array': async () => {
    const { idgen } = await import('@thi.ng/idgen');
    const ids = idgen(22, 0);
    const values = [];
    return {
      alloc(value) {
        const id = ids.next();
        values[id] = value;
        return id;
      },
      free(id) {
        ids.free(id);
        values[id] = undefined;
      },
      find: (id) => values[id],
    };
  },
  'Map + probe': async () => {
    const map = new Map();
    return probing({
      has: (id) => map.has(id),
      add: (id, value) => map.set(id, value),
      remove: (id) => map.delete(id),
      find: (id) => map.get(id),
    });
  },
  'typedfastbitset + Map': async () => {
    const { default: TypedFastBitSet } = await import('typedfastbitset');
    const Bits = TypedFastBitSet.TypedFastBitSet ?? TypedFastBitSet;
    const bits = new Bits();
    const map = new Map();
    return probing({
      has: (id) => bits.has(id),
      add(id, value) {
        bits.add(id);
        map.set(id, value);
      },
      remove(id) {
        bits.remove(id);
        map.delete(id);
      },
      find: (id) => map.get(id),
    });
  },
  'roaring-wasm + Map': async () => {
    const roaring = await import('roaring-wasm');
    await roaring.roaringLibraryInitialize?.();
    const { RoaringBitmap32 } = roaring.default ?? roaring;
    const bits = new RoaringBitmap32();
    const map = new Map();
    return probing({
      has: (id) => bits.has(id),
      add(id, value) {
        bits.add(id);
        map.set(id, value);
      },
      remove(id) {
        bits.remove(id);
        map.delete(id);
      },
      find: (id) => map.get(id),
    });
  },
  'js-sdsl OrderedMap': async () => {
    const { OrderedMap } = await import('js-sdsl');
    const map = new OrderedMap();
    return probing({
      has: (id) => map.getElementByKey(id) !== undefined,
      add: (id, value) => map.setElement(id, value),
      remove: (id) => map.eraseElementByKey(id),
      find: (id) => map.getElementByKey(id),
      next(from) {
        const found = map.lowerBound(from);
        return found.isAccessible() ? found.pointer[0] : -1;
      },
    });
  },
  'number-allocator + Map': async () => {
    const { NumberAllocator } = await import('number-allocator');
    const ids = new NumberAllocator(MIN, END - 1);
    const map = new Map();
    return {
      alloc(value) {
        const id = ids.alloc();
        map.set(id, value);
        return id;
      },
      free(id) {
        ids.free(id);
        map.delete(id);
      },
      find: (id) => map.get(id),
    };
  },
};
