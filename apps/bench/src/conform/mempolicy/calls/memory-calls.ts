// The memory calls of a scenario and the touches between them, asked of the model.
import { mappingPolicyText, statusOf } from '@forkless/mempolicy';
import {
  countPages,
  madvise,
  MAP,
  mlock,
  mmap,
  mprotect,
  mremap,
  munmap,
  PAGE_SIZE,
  touch,
  touchRange,
  VM,
  type FaultResult,
  type Vma,
} from '@forkless/mm';
import { type Handler, hex, retOf } from '../answer.ts';
import type { Fields, Json } from '../fields.ts';
import { adviceNumbers, mapNumbers, mremapNumbers, protNumbers } from '../names.ts';
import type { Process } from '../process.ts';
import type { World } from '../world.ts';

/** Above this many pages a touch answers runs instead of nodes. */
const LISTED_MAX = 512;
/** The longest list of runs. */
const RUNS_MAX = 400;

const bytes = (inputs: Fields, name = 'pages') => inputs.integer(name) * PAGE_SIZE;

const mmapCall: Handler = ({ current }, inputs) => {
  const flags = inputs.flags('flags', mapNumbers);
  const isShared = (flags & (MAP.SHARED | MAP.ANONYMOUS)) === (MAP.SHARED | MAP.ANONYMOUS);
  const slot = inputs.integer('fd_slot');
  const file = current.files.get(slot);
  if (slot >= 0 && file === undefined) return { ret: -1, errno: 'EBADF' };
  const { memory } = current.mm;
  const pages = inputs.count('pages');
  const object =
    isShared && inputs.has('ino')
      ? memory.createObject('shmem', inputs.integer('ino'), pages)
      : file;
  const result = mmap(
    current.mm,
    {
      address: inputs.address('addr'),
      length: pages * PAGE_SIZE,
      prot: inputs.flags('prot', protNumbers),
      flags,
      pageOffset: inputs.integer('pgoff'),
      ...(object === undefined ? {} : { object }),
    },
    current.placer,
  );
  return retOf(typeof result === 'number' ? hex(result) : result);
};

const munmapCall: Handler = ({ current }, inputs) =>
  retOf(munmap(current.mm, inputs.address('addr'), bytes(inputs)));

const mprotectCall: Handler = ({ current }, inputs) => {
  const prot = inputs.flags('prot', protNumbers);
  return retOf(mprotect(current.mm, inputs.address('addr'), bytes(inputs), prot));
};

const madviseCall: Handler = ({ current }, inputs) => {
  const advice = inputs.named('advice', adviceNumbers);
  const { mm, placer } = current;
  return retOf(madvise(mm, inputs.address('addr'), bytes(inputs), advice, placer));
};

const mlockCall: Handler = ({ current }, inputs) =>
  retOf(mlock(current.mm, inputs.address('addr'), bytes(inputs), current.placer));

const mremapCall: Handler = ({ current }, inputs) => {
  const flags = inputs.flags('flags', mremapNumbers);
  const request = {
    address: inputs.address('addr'),
    oldLength: bytes(inputs),
    newLength: bytes(inputs, 'new_pages'),
    newAddress: inputs.address('new_addr'),
    flags,
  };
  const result = mremap(current.mm, request, current.placer);
  return retOf(typeof result === 'number' ? hex(result) : result);
};

const signals: Readonly<Record<FaultResult, number>> = { ok: 0, SIGBUS: 7, OOM: 9, SIGSEGV: 11 };

const touchCall: Handler = (world, inputs) => {
  const { current } = world;
  const start = inputs.address('addr');
  const pageCount = inputs.count('pages');
  const access = inputs.text('access');
  const stride = inputs.count('stride', 1);
  if (access !== 'none') {
    const end = touchAll(current, start, pageCount, stride, access);
    if (end !== 'ok') {
      current.exit(signals[end]);
      return {};
    }
  }
  return { ...retOf(0), ...placesOf(current, start, pageCount) };
};

function touchAll(
  { mm, placer }: Process,
  start: number,
  pageCount: number,
  stride: number,
  access: string,
): FaultResult {
  if (access !== 'write-backward') {
    const how = access === 'read' ? 'read' : 'write';
    return touchRange(mm, { start, pageCount, stride }, how, placer).result;
  }
  const last = Math.floor((pageCount - 1) / stride) * stride;
  for (let page = last; page >= 0; page -= stride) {
    const result = touch(mm, start + page * PAGE_SIZE, 'write', placer);
    if (result !== 'ok') return result;
  }
  return 'ok';
}

function placesOf({ mm }: Process, start: number, pageCount: number): Json {
  const nodes = Array.from(
    { length: pageCount },
    (_, i) => statusOf(mm, start + i * PAGE_SIZE) as number | string,
  );
  return pageCount <= LISTED_MAX ? { nodes } : runsOf(nodes);
}

function runsOf(nodes: readonly (number | string)[]): Json {
  const runs: [place: number | string, length: number][] = [];
  const counts = new Map<number | string, number>();
  for (const node of nodes) {
    const last = runs.at(-1);
    if (last?.[0] === node) last[1]++;
    else runs.push([node, 1]);
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return {
    nodes_rle: runs.slice(0, RUNS_MAX),
    runs: runs.length,
    order: [...counts.keys()],
    count: [...counts.values()],
  };
}

const fillCall: Handler = ({ current }, inputs) => {
  const start = inputs.address('addr');
  const node = inputs.count('until_node');
  const below = inputs.integer('until_free_pages_below');
  const { free } = current.mm.memory.zones;
  const max = inputs.count('max_pages');
  let filled = 0;
  while (filled < max && free[node]! >= below) {
    const result = touch(current.mm, start + filled * PAGE_SIZE, 'write', current.placer);
    if (result !== 'ok') {
      current.exit(signals[result]);
      return {};
    }
    filled++;
  }
  const nodes = Array.from({ length: filled }, (_, i) =>
    statusOf(current.mm, start + i * PAGE_SIZE),
  );
  return { ...retOf(0), ...runsOf(nodes as (number | string)[]), filled, free: free[node]! };
};

const vmasCall: Handler = ({ current }, inputs) => {
  const start = inputs.address('addr');
  const found = current.mm.vmas.within(start, start + bytes(inputs));
  return { vmas: found.map((vma) => vmaOf(current, vma)) };
};

function vmaOf({ holder, mm }: Process, vma: Vma): Json {
  const { byNode } = countPages(mm, vma.start, vma.end);
  const nodes = [...byNode].toSorted(([a], [b]) => a - b);
  return {
    start: hex(vma.start),
    pages: vma.pageCount,
    prot: `${vma.has(VM.READ) ? 'r' : '-'}${vma.has(VM.WRITE) ? 'w' : '-'}${vma.has(VM.EXEC) ? 'x' : '-'}${vma.has(VM.SHARED) ? 's' : 'p'}`,
    policy: mappingPolicyText(holder, vma),
    ino: vma.object?.inode ?? 0,
    off: vma.object === null ? 0 : vma.pageOffset,
    n: Object.fromEntries(nodes.map(([node, pages]) => [String(node), pages])),
  };
}

const nodeFree: Handler = ({ numa }: World) => ({
  free: numa.memory.shape.nodes.map(({ node }) => numa.memory.zones.free[node]!),
});

/** By call. */
export const memoryCalls: Readonly<Record<string, Handler>> = {
  mmap: mmapCall,
  munmap: munmapCall,
  mprotect: mprotectCall,
  madvise: madviseCall,
  mlock: mlockCall,
  mremap: mremapCall,
  touch: touchCall,
  fill: fillCall,
  vmas: vmasCall,
  node_free: nodeFree,
};
