// Memory of 64 nodes: placing a page under each policy beside the default one, and what forking, binding and
// moving pages that are there cost beside touching them.
import {
  createMm,
  exitMm,
  forkMm,
  LocalPlacer,
  MADV,
  madvise,
  MAP,
  Memory,
  mmap,
  PROT,
  touchRange,
} from '@forkless/mm';
import {
  createHolder,
  mbind,
  MPOL,
  MPOL_MF_MOVE,
  Numa,
  PolicyPlacer,
  setMempolicy,
} from '@forkless/mempolicy';

const NODES = 64;
const PAGES = 1 << 16;
const LENGTH = PAGES * 4096;
const all = Array.from({ length: NODES }, (_, node) => node);

function machine() {
  const order = (/** @type {number} */ node) => all.map((_, i) => (node + i) % NODES);
  const memory = new Memory({
    nodes: all.map((node) => ({ node, pages: 4 * PAGES })),
    fallbackOrder: order,
    nodeOfCpu: (/** @type {number} */ cpu) => cpu,
  });
  const numa = new Numa(memory);
  for (const node of all) numa.weights.set(node, 1 + (node % 7));
  const mm = createMm(memory, new LocalPlacer(memory, 0));
  const holder = createHolder(numa, { mm, cpu: 5 });
  const placer = new PolicyPlacer(holder);
  const flags = MAP.PRIVATE | MAP.ANONYMOUS;
  const start = /** @type {number} */ (
    mmap(mm, { length: LENGTH, prot: PROT.READ | PROT.WRITE, flags }, placer)
  );
  return { memory, mm, holder, placer, start };
}

/** Touches pages that are not there, then gives them back. @param {number} mode @param {number[]} nodes */
const placing = (mode, nodes) => () => {
  const { mm, holder, placer, start } = machine();
  setMempolicy(holder, mode, nodes, 1024);
  return () => {
    touchRange(mm, { start, pageCount: PAGES }, 'write', placer);
    madvise(mm, start, LENGTH, MADV.DONTNEED, placer);
    return PAGES;
  };
};

function forking() {
  const { mm, placer, start } = machine();
  touchRange(mm, { start, pageCount: PAGES }, 'write', placer);
  return () => {
    const forked = forkMm(mm, placer);
    if ('errno' in forked) throw new Error(forked.reason);
    exitMm(forked.mm);
    return PAGES;
  };
}

/** Binds pages that are there to two places in turn. @param {number[][]} places */
const binding =
  (...places) =>
  () => {
    const { mm, holder, placer, start } = machine();
    touchRange(mm, { start, pageCount: PAGES }, 'write', placer);
    let turn = 0;
    return () => {
      const nodemask = /** @type {number[]} */ (places[turn++ % places.length]);
      const done = mbind(holder, {
        start,
        length: LENGTH,
        mode: MPOL.BIND,
        nodemask,
        maxnode: 1024,
        flags: MPOL_MF_MOVE,
      });
      if (typeof done === 'object' && 'errno' in done) throw new Error(String(done.errno));
      return PAGES;
    };
  };

const local = placing(MPOL.DEFAULT, []);
const beside = 'placing it by the default policy';

export const memoryTargets = [
  { id: 'mempolicy/bind', what: 'placing a page under BIND', ours: placing(MPOL.BIND, [40, 41]) },
  {
    id: 'mempolicy/interleave',
    what: 'placing a page under INTERLEAVE',
    ours: placing(MPOL.INTERLEAVE, all),
  },
  {
    id: 'mempolicy/weighted',
    what: 'placing a page under WEIGHTED_INTERLEAVE',
    ours: placing(MPOL.WEIGHTED_INTERLEAVE, all),
    quick: true,
  },
  {
    id: 'mempolicy/many',
    what: 'placing a page under PREFERRED_MANY',
    ours: placing(MPOL.PREFERRED_MANY, [40, 41]),
  },
  {
    id: 'mempolicy/mbind-in-place',
    what: 'mbind with MOVE over a page in place',
    ours: binding([5, 6], [5, 7]),
  },
  {
    id: 'mempolicy/mbind-move',
    what: 'mbind that moves a page',
    ours: binding([9], [10]),
  },
  { id: 'mm/fork', what: 'forking a page and ending the child', ours: forking, quick: true },
].map((target) => ({ package: target.id.split('/')[0] ?? '', beside, peer: local, ...target }));
