// A tree as an SVG drawing. Ids and classes are those of lstopo, so that what styles its drawings
// styles these; the colours are ours.
import type { ObjectTree } from '../tree/object-tree.ts';
import type { ObjectType } from '../tree/object-type.ts';
import { type Box, layOut } from './layout.ts';

const MARGIN = 7;

const FILLS: Partial<Record<ObjectType, string>> = {
  Machine: '#ffffff',
  Group: '#f4f1ea',
  Package: '#dcebcf',
  Die: '#cfe3da',
  NUMANode: '#f3d9c4',
  MemCache: '#f8eadb',
  Core: '#d5d9de',
  PU: '#ffffff',
};

/** The document. O(objects). @see hwloc 2.9.0, utils/lstopo/lstopo-svg.c */
export function formatSvg({ root }: ObjectTree): string {
  const box = layOut(root);
  const width = Math.ceil(box.width) + 2 * MARGIN;
  const height = Math.ceil(box.height) + 2 * MARGIN;
  const lines = [
    `<svg xmlns='http://www.w3.org/2000/svg' width='${width}px' height='${height}px' viewBox='${-MARGIN} ${-MARGIN} ${width} ${height}' version='1.1'>`,
  ];
  draw(box, lines);
  lines.push('</svg>', '');
  return lines.join('\n');
}

function draw(box: Box, lines: string[]): void {
  const { object, label } = box;
  const { type, cache } = object;
  // A bar ends where the objects below it begin.
  const height = cache === undefined || box.children.length === 0 ? box.height : 24;
  const id = `${type}_${object.logicalIndex}`;
  const fill = FILLS[type] ?? '#e8eef6';
  lines.push(
    `<rect id='${id}_rect' class='${type}' x='${round(box.x)}' y='${round(box.y)}' width='${round(box.width)}' height='${round(height)}' style='fill:${fill};stroke:#5b6470;stroke-width:1'/>`,
    `<text id='${id}_text' class='${type}' font-family='Monospace' font-size='10px' x='${round(box.x + MARGIN)}' y='${round(box.y + 14)}' style='fill:#1c2128'>${escape(label)}</text>`,
  );
  for (const child of box.children) draw(child, lines);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
