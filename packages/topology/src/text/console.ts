// A tree as lstopo prints it on a console: two blanks a level, an only child with the same CPUs on
// its parent's line.
import type { ObjectTree } from '../tree/object-tree.ts';
import { isCacheType } from '../tree/object-type.ts';
import type { TopologyObject } from '../tree/topology-object.ts';
import { formatSize } from './sizes.ts';

/**
 * The text of `lstopo --of console`, a newline at the end. O(objects × words).
 *
 * @see hwloc 2.9.0, utils/lstopo/lstopo-text.c, output_topology()
 */
export function formatConsole({ root }: ObjectTree): string {
  const parts: string[] = [];
  write(root, undefined, 0, parts);
  return `${parts.join('')}\n`;
}

function write(
  object: TopologyObject,
  parent: TopologyObject | undefined,
  depth: number,
  parts: string[],
): void {
  const isJoined = parent !== undefined && addsNothing(object, parent);
  if (isJoined) parts.push(' + ');
  else parts.push(parent === undefined ? '' : '\n', ' '.repeat(2 * depth));
  parts.push(describe(object));
  const below = isJoined ? depth : depth + 1;
  for (const child of object.memoryChildren) write(child, object, below, parts);
  for (const child of object.children) write(child, object, below, parts);
  for (const child of object.miscChildren) write(child, object, below, parts);
}

function addsNothing(object: TopologyObject, parent: TopologyObject): boolean {
  return (
    parent.children.length === 1 &&
    parent.memoryChildren.length === 0 &&
    parent.miscChildren.length === 0 &&
    object.type !== 'Misc' &&
    object.cpuset.equals(parent.cpuset)
  );
}

/** One object: its type, number, and size. */
function describe(object: TopologyObject): string {
  const subtype = object.subtype === undefined ? '' : `(${object.subtype})`;
  const number =
    object.parent === undefined || object.type === 'Misc' ? '' : ` L#${object.logicalIndex}`;
  const isNamed = object.name !== undefined && (object.type === 'Group' || object.type === 'Misc');
  const name = isNamed ? ` ${object.name}` : '';
  const hasOsIndex = object.osIndex >= 0 && (object.type === 'PU' || object.type === 'NUMANode');
  const facts = [hasOsIndex ? `P#${object.osIndex}` : '', sizeOf(object)].filter(
    (fact) => fact !== '',
  );
  const inBrackets = facts.length === 0 ? '' : ` (${facts.join(' ')})`;
  return `${typeText(object)}${subtype}${number}${name}${inBrackets}${totalOf(object)}`;
}

const CACHE_LETTERS = { unified: '', data: 'd', instruction: 'i' } as const;

/** The type as the console names it: "L1d", "Group0". */
export function typeText({ type, cache, group }: TopologyObject): string {
  if (isCacheType(type)) return `L${cache!.level}${CACHE_LETTERS[cache!.kind]}`;
  return type === 'Group' && group!.depth >= 0 ? `Group${group!.depth}` : type;
}

function sizeOf({ type, cache, memory }: TopologyObject): string {
  if (type === 'MemCache' || isCacheType(type)) return formatSize(cache!.sizeBytes);
  return type === 'NUMANode' && memory!.localBytes > 0 ? formatSize(memory!.localBytes) : '';
}

function totalOf({ parent, totalMemoryBytes }: TopologyObject): string {
  const isShown = parent === undefined && totalMemoryBytes > 0;
  return isShown ? ` (${formatSize(totalMemoryBytes)} total)` : '';
}
