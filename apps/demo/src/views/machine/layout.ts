// Where the boxes of a machine's drawing go: packages side by side, in each its nodes, in a node its
// memory and the cores that are near it, cores that share an L3 together.
import type { Machine } from '@forkless/topology';

/** A box of the drawing, in units of the drawing. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The cores under one L3. */
export interface CacheBox extends Box {
  readonly cores: readonly (Box & { readonly cpus: readonly number[] })[];
}

/** A node: memory above, caches and cores below. */
export interface NodeBox extends Box {
  readonly node: number;
  readonly memoryBytes: number;
  readonly cpuCount: number;
  readonly memory: Box;
  readonly caches: readonly CacheBox[];
}

/** The whole drawing. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly NodeBox[];
}

const CORE = 13;
const GAP = 4;
const PAD = 8;
const MEMORY_HEIGHT = 34;
const NODE_WIDTH_MIN = 150;
const CACHE_COLUMNS_MAX = 8;
const ROW_WIDTH_MAX = 1100;
/** A package with more nodes has rows of its own. */
const NODES_BESIDE_MAX = 2;

/** Lays a machine out. Linear in its CPUs. */
export function layoutMachine(machine: Machine): Layout {
  const nodes: NodeBox[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  let last = -1;
  for (const facts of machine.nodes) {
    const box = layoutNode(machine, facts);
    const inPackage = machine.cpuMaps.package[facts.cpus.first()] ?? last;
    const isNewRow = inPackage !== last && nodesPerPackage(machine) > NODES_BESIDE_MAX;
    last = inPackage;
    if (x > 0 && (isNewRow || x + box.width > ROW_WIDTH_MAX))
      [x, y, rowHeight] = [0, y + rowHeight + PAD, 0];
    nodes.push(moved(box, x, y));
    x += box.width + PAD;
    rowHeight = Math.max(rowHeight, box.height);
    width = Math.max(width, x - PAD);
  }
  return { width, height: y + rowHeight, nodes };
}

function nodesPerPackage(machine: Machine): number {
  return (
    machine.nodes.length / new Set(machine.cpus.map((cpu) => machine.cpuMaps.package[cpu])).size
  );
}

function layoutNode(machine: Machine, facts: Machine['nodes'][number]): NodeBox {
  const caches: CacheBox[] = [];
  const top = PAD + MEMORY_HEIGHT + PAD;
  let [x, y, rowHeight, inner] = [PAD, top, 0, 0];
  const limit = Math.max(NODE_WIDTH_MIN, 260);
  for (const cores of coresByCache(machine, [...facts.cpus])) {
    const box = layoutCache(cores, x, y);
    if (x > PAD && x + box.width > limit) {
      [x, y, rowHeight] = [PAD, y + rowHeight + GAP, 0];
      caches.push(layoutCache(cores, x, y));
    } else {
      caches.push(box);
    }
    x += box.width + GAP;
    rowHeight = Math.max(rowHeight, box.height);
    inner = Math.max(inner, x - GAP);
  }
  const width = Math.max(NODE_WIDTH_MIN, inner + PAD);
  return {
    x: 0,
    y: 0,
    width,
    height: caches.length === 0 ? top : y + rowHeight + PAD,
    node: facts.node,
    memoryBytes: facts.memoryBytes ?? 0,
    cpuCount: facts.cpus.weight(),
    memory: { x: PAD, y: PAD, width: width - 2 * PAD, height: MEMORY_HEIGHT },
    caches,
  };
}

function layoutCache(cores: readonly (readonly number[])[], x: number, y: number): CacheBox {
  const columns = Math.min(CACHE_COLUMNS_MAX, cores.length);
  const rows = Math.ceil(cores.length / columns);
  const step = CORE + 2;
  return {
    x,
    y,
    width: columns * step + 2 * GAP - 2,
    height: rows * step + 2 * GAP - 2,
    cores: cores.map((cpus, index) => ({
      x: x + GAP + (index % columns) * step,
      y: y + GAP + Math.floor(index / columns) * step,
      width: CORE,
      height: CORE,
      cpus,
    })),
  };
}

/** The CPUs of a node, by core, by the L3 they share. */
function coresByCache(machine: Machine, cpus: readonly number[]): (readonly number[])[][] {
  const { core, l3 } = machine.cpuMaps;
  const caches = new Map<number, Map<number, number[]>>();
  for (const cpu of cpus) {
    const cores = caches.get(l3[cpu]!) ?? new Map<number, number[]>();
    cores.set(core[cpu]!, [...(cores.get(core[cpu]!) ?? []), cpu]);
    caches.set(l3[cpu]!, cores);
  }
  return [...caches.values()].map((cores) => [...cores.values()]);
}

function moved(box: NodeBox, dx: number, dy: number): NodeBox {
  const move = <T extends Box>(one: T): T => ({ ...one, x: one.x + dx, y: one.y + dy });
  return {
    ...move(box),
    memory: move(box.memory),
    caches: box.caches.map((cache) => ({ ...move(cache), cores: cache.cores.map(move) })),
  };
}
