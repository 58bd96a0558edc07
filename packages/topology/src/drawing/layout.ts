// Where each object of a tree lies in a drawing: boxes that hold what is in them, and bars for what is
// shared: caches and memory lie above the objects they serve.
import type { TopologyObject } from '../tree/topology-object.ts';
import { isCacheType } from '../tree/object-type.ts';
import { formatSize } from '../text/sizes.ts';
import { typeText } from '../text/console.ts';

/** Pixels between boxes, as lstopo leaves them. */
const GAP = 7;
const BAR_HEIGHT = 24;
const TITLE_HEIGHT = 20;
/** A character of a monospace font of 10 pixels. */
const CHARACTER_WIDTH = 6.1;
/** Drawings are wider than high by this much, where there is a choice. */
const ASPECT = 1.6;
const COLUMNS_MAX = 64;

/** A rectangle with its label; children are drawn over it. */
export interface Box {
  readonly object: TopologyObject;
  readonly label: string;
  x: number;
  y: number;
  width: number;
  height: number;
  readonly children: Box[];
}

/** Lays out an object and everything below it, its upper left corner at 0, 0. O(objects × columns). */
export function layOut(object: TopologyObject): Box {
  const box = measure(object);
  shift(box, 0, 0);
  return box;
}

function measure(object: TopologyObject): Box {
  const label = labelOf(object);
  const width = Math.ceil(label.length * CHARACTER_WIDTH) + 2 * GAP;
  const box: Box = { object, label, x: 0, y: 0, width, height: BAR_HEIGHT, children: [] };
  const bars = object.memoryChildren.map(measure);
  const grid = arrange(object.children.map(measure));
  const isBar = isCacheType(object.type) || object.type === 'MemCache';
  const inner = Math.max(grid.width, ...bars.map((bar) => bar.width));
  if (bars.length + grid.boxes.length === 0) return box;
  const padding = isBar ? 0 : GAP;
  let y = isBar ? BAR_HEIGHT + GAP : TITLE_HEIGHT;
  box.width = Math.max(width, inner + 2 * padding);
  for (const bar of bars) {
    bar.x = padding;
    bar.y = y;
    widen(bar, box.width - 2 * padding);
    y += bar.height + GAP;
  }
  for (const child of grid.boxes) {
    child.x += padding;
    child.y += y;
  }
  box.height = grid.boxes.length === 0 ? y - GAP + padding : y + grid.height + padding;
  box.children.push(...bars, ...grid.boxes);
  return box;
}

/** Bars span what they serve, and the memory below a memory-side cache as well. */
function widen(bar: Box, width: number): void {
  bar.width = width;
  for (const child of bar.children) widen(child, width);
}

/** Boxes in rows and columns of one size each, in the shape that looks best. */
function arrange(boxes: Box[]): { boxes: Box[]; width: number; height: number } {
  if (boxes.length === 0) return { boxes, width: 0, height: 0 };
  const cellWidth = Math.max(...boxes.map(({ width }) => width));
  const cellHeight = Math.max(...boxes.map(({ height }) => height));
  const sizeWith = (columns: number) => ({
    width: columns * (cellWidth + GAP) - GAP,
    height: Math.ceil(boxes.length / columns) * (cellHeight + GAP) - GAP,
  });
  let best = 1;
  let bestScore = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= Math.min(boxes.length, COLUMNS_MAX); columns++) {
    const { width, height } = sizeWith(columns);
    const isRagged = boxes.length % columns !== 0;
    const score = Math.abs(Math.log(width / height / ASPECT)) + (isRagged ? 1 : 0);
    if (score < bestScore) {
      bestScore = score;
      best = columns;
    }
  }
  for (const [i, box] of boxes.entries()) {
    box.x = (i % best) * (cellWidth + GAP);
    box.y = Math.floor(i / best) * (cellHeight + GAP);
  }
  return { boxes, ...sizeWith(best) };
}

function shift(box: Box, x: number, y: number): void {
  box.x += x;
  box.y += y;
  for (const child of box.children) shift(child, box.x, box.y);
}

function labelOf(object: TopologyObject): string {
  const { type, logicalIndex, osIndex, cache, memory, subtype, parent } = object;
  const name = subtype === undefined ? typeText(object) : subtype;
  if (parent === undefined) return `${name} (${formatSize(object.totalMemoryBytes)} total)`;
  if (cache !== undefined) return `${name} (${formatSize(cache.sizeBytes)})`;
  if (memory !== undefined) return `${name} P#${osIndex} (${formatSize(memory.localBytes)})`;
  return type === 'PU' ? `PU P#${osIndex}` : `${name} L#${logicalIndex}`;
}
