// The memory policies as a machine for byte codes: every few bytes are one call on a machine of four nodes
// with little memory, any value in any place. A call answers or refuses; afterwards the pages add up.
import {
  createMm,
  exitMm,
  forkMm,
  MADV,
  madvise,
  MAP,
  Memory,
  mmap,
  mprotect,
  munmap,
  Nodemask,
  PROT,
  touchRange,
} from '@forkless/mm';
import {
  changeProcessMems,
  createHolder,
  explainPage,
  getMempolicy,
  mbind,
  migratePages,
  movePages,
  numaMaps,
  Numa,
  PolicyPlacer,
  setMempolicy,
  setMempolicyHomeNode,
} from '@forkless/mempolicy';

const NODES = 4;
const PAGES = 192;
const PAGE = 4096;
const BASE = 0x10000000;

function world() {
  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const memory = new Memory({
    nodes: nodes.map((node) => ({ node, pages: PAGES })),
    fallbackOrder: (/** @type {number} */ node) => nodes.map((_, i) => (node + i) % NODES),
    nodeOfCpu: (/** @type {number} */ cpu) => cpu % NODES,
  });
  const numa = new Numa(memory);
  const free = [...memory.zones.free];
  const holder = createHolder(numa, { cpu: 1 });
  const placer = new PolicyPlacer(holder);
  const mm = createMm(memory, placer);
  holder.mm = mm;
  return { memory, mm, holder, placer, free, keepsPages: false };
}

/** Reads numbers off the input, zero at its end. @param {Buffer} input */
function reader(input) {
  let at = 0;
  const byte = () => input[at++] ?? 0;
  return {
    get left() {
      return at < input.length;
    },
    byte,
    nodes() {
      const mask = byte();
      return [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (mask & (1 << bit)) !== 0);
    },
    place: () => BASE + (byte() % 64) * PAGE + (byte() > 250 ? 1 : 0),
    length: () => (byte() % 40) * PAGE,
  };
}

/** @param {unknown} answer */
const word = (answer) =>
  typeof answer === 'object' && answer !== null && 'errno' in answer ? String(answer.errno) : 'ok';

/** @typedef {ReturnType<typeof world>} World @typedef {ReturnType<typeof reader>} Reader */

/** @param {number} address */
const aligned = (address) => Math.floor(address / PAGE) * PAGE;

/** @type {Record<string, (world: World, take: Reader) => unknown>} */
const calls = {
  mmap: (state, take) => {
    const shared = take.byte() % 4 === 0;
    // What is shared lives on in its object, which is its owner's to remove, and there is no owner here.
    state.keepsPages ||= shared;
    return mmap(
      state.mm,
      {
        address: take.place(),
        length: take.length(),
        prot: PROT.READ | PROT.WRITE,
        flags: MAP.ANONYMOUS | MAP.FIXED | (shared ? MAP.SHARED : MAP.PRIVATE),
      },
      state.placer,
    );
  },
  touch: ({ mm, placer }, take) => {
    const range = { start: aligned(take.place()), pageCount: take.byte() % 24 };
    return touchRange(mm, range, take.byte() % 3 === 0 ? 'read' : 'write', placer);
  },
  set: ({ holder }, take) => {
    const mode = (take.byte() % 9) | (take.byte() % 3 === 0 ? take.byte() << 8 : 0);
    return setMempolicy(holder, mode, take.nodes(), take.byte());
  },
  mbind: ({ holder }, take) =>
    mbind(holder, {
      start: take.place(),
      length: take.length(),
      mode: (take.byte() % 9) | (take.byte() % 4 === 0 ? take.byte() << 8 : 0),
      nodemask: take.nodes(),
      maxnode: take.byte(),
      flags: take.byte() % 9,
    }),
  home: ({ holder }, take) =>
    setMempolicyHomeNode(holder, take.place(), take.length(), take.byte() % 6, take.byte() >> 7),
  get: ({ holder }, take) =>
    getMempolicy(holder, {
      policy: true,
      nodemask: take.byte() % 2 === 0,
      flags: take.byte() % 9,
      address: take.place(),
      maxnode: take.byte(),
    }),
  migrate: ({ holder }, take) =>
    migratePages(holder, {
      target: holder,
      oldNodes: take.nodes(),
      newNodes: take.nodes(),
      maxnode: 64,
    }),
  move: ({ holder }, take) =>
    movePages(holder, {
      target: holder,
      addresses: [take.place(), take.place()],
      nodes: take.byte() % 4 === 0 ? null : [take.byte() % 6, take.byte() % 6],
      flags: take.byte() % 5,
    }),
  munmap: ({ mm }, take) => munmap(mm, take.place(), take.length()),
  madvise: ({ mm, placer }, take) => {
    const advice = [MADV.DONTNEED, MADV.HUGEPAGE, take.byte()][take.byte() % 3] ?? 0;
    return madvise(mm, take.place(), take.length(), advice, placer);
  },
  mprotect: ({ mm }, take) => mprotect(mm, take.place(), take.length(), take.byte() % 9),
  cpuset: ({ holder }, take) =>
    changeProcessMems(holder, Nodemask.of([...take.nodes().map((node) => node % NODES), 0])),
  explain: ({ holder }, take) => explainPage(holder, aligned(take.place())),
  maps: ({ holder }) => numaMaps(holder),
  fork: ({ mm, placer }) => {
    const forked = forkMm(mm, placer);
    if (!('errno' in forked)) exitMm(forked.mm);
    return forked;
  },
};
const names = Object.keys(calls);
const CALLS_MAX = 200;

/** @param {Buffer} input @returns {string} the last answers */
function run(input) {
  const state = world();
  const take = reader(input);
  /** @type {string[]} */
  const answers = [];
  for (let count = 0; take.left && count < CALLS_MAX; count++) {
    const name = names[take.byte() % names.length] ?? '';
    answers.push(`${name} ${word(calls[name]?.(state, take))}`);
  }
  exitMm(state.mm);
  const left = [...state.memory.zones.free];
  if (!state.keepsPages && left.join() !== state.free.join()) {
    throw new Error(`after the end ${left.join()} pages are free of ${state.free.join()}`);
  }
  return answers.slice(-2).join(', ');
}

/** A program of calls that are all sensible: map, set a policy, touch, bind, move, look. */
const sensible = Buffer.from(
  [
    [names.indexOf('mmap'), 1, 0, 0, 32],
    [names.indexOf('set'), 3, 1, 0b1111, 64],
    [names.indexOf('touch'), 0, 20, 1],
    [names.indexOf('mbind'), 0, 16, 2, 1, 0b0110, 64, 2],
    [names.indexOf('migrate'), 0b0110, 0b1000],
    [names.indexOf('fork')],
    [names.indexOf('cpuset'), 0b0011],
    [names.indexOf('maps')],
  ].flat(),
);

/** @type {import('./parsers.mjs').FuzzTarget} */
export const policies = { name: 'memory-policies', seeds: () => [sensible], run };
