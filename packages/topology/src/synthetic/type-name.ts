// Reading the name of an object type as hwloc's tools take it: any case, cut short, "L2", "L1d",
// "group1", "node" for a NUMA node, "socket" for a package.
import { cacheTypeOf, type CacheKind, type ObjectType } from '../tree/object-type.ts';

/** A type read from text, with what the name says beyond it. */
export interface TypeName {
  readonly type: ObjectType;
  readonly cacheLevel: number;
  readonly cacheKind: CacheKind;
  /** The number after "group", −1 without one. */
  readonly groupDepth: number;
}

/** Names and the fewest letters that mean them. */
const NAMES: readonly (readonly [name: string, letters: number, type: ObjectType])[] = [
  ['machine', 2, 'Machine'],
  ['numanode', 2, 'NUMANode'],
  ['node', 2, 'NUMANode'],
  ['memcache', 5, 'MemCache'],
  ['memory-side cache', 8, 'MemCache'],
  ['package', 2, 'Package'],
  ['socket', 2, 'Package'],
  ['die', 2, 'Die'],
  ['core', 2, 'Core'],
  ['pu', 2, 'PU'],
  ['misc', 4, 'Misc'],
];

/**
 * The type that `text` begins with, or undefined. Device types are none here.
 *
 * @see hwloc 2.9.0, hwloc/traversal.c, hwloc_type_sscanf()
 */
export function readTypeName(text: string): TypeName | undefined {
  const lower = text.slice(0, 32).toLowerCase();
  const plain = NAMES.find(([name, letters]) => matchLength(lower, name, letters) > 0);
  if (plain !== undefined) return typeName(plain[2]);
  if (/^l\d/.test(lower)) return cacheName(lower);
  const group = matchLength(lower, 'group', 2);
  if (group === 0) return undefined;
  const depth = /^\d+/.exec(lower.slice(group))?.[0];
  return { ...typeName('Group'), groupDepth: depth === undefined ? -1 : Number(depth) };
}

function typeName(type: ObjectType): TypeName {
  return { type, cacheLevel: 0, cacheKind: 'unified', groupDepth: -1 };
}

function cacheName(lower: string): TypeName | undefined {
  const match = /^l(\d+)([idu]?)([a-z-]*)/.exec(lower)!;
  const level = Number(match[1]);
  const kind = match[2] === 'i' ? 'instruction' : match[2] === 'd' ? 'data' : 'unified';
  const type = cacheTypeOf(level, kind);
  if (type === undefined || !'cache'.startsWith(match[3]!)) return undefined;
  return { ...typeName(type), cacheLevel: level, cacheKind: kind };
}

/** How many characters of `text` spell `name` or a beginning of it; 0 when too few or too many. */
function matchLength(text: string, name: string, letters: number): number {
  let length = 0;
  while (length < name.length && text[length] === name[length]) length++;
  const goesOn = /[a-z-]/.test(text[length] ?? '');
  return length >= letters && !goesOn ? length : 0;
}
