// The kinds of objects a machine is made of, and the two orders hwloc keeps of them: which type
// stands above which when their CPU sets are equal, and which of two equal levels survives.

/** Names of all object types, as hwloc's XML spells them. */
export type ObjectType =
  | 'Machine'
  | 'Group'
  | 'MemCache'
  | 'NUMANode'
  | 'Package'
  | 'Die'
  | 'L5Cache'
  | 'L4Cache'
  | 'L3Cache'
  | 'L3iCache'
  | 'L2Cache'
  | 'L2iCache'
  | 'L1Cache'
  | 'L1iCache'
  | 'Core'
  | 'PU'
  | 'Misc';

/**
 * Top to bottom: of two objects with equal CPU sets the earlier type contains the later.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, obj_type_order
 */
const TYPES_TOP_DOWN: readonly ObjectType[] = [
  'Machine',
  'Group',
  'MemCache',
  'NUMANode',
  'Package',
  'Die',
  'L5Cache',
  'L4Cache',
  'L3Cache',
  'L3iCache',
  'L2Cache',
  'L2iCache',
  'L1Cache',
  'L1iCache',
  'Core',
  'PU',
  'Misc',
];

const ORDER = new Map(TYPES_TOP_DOWN.map((type, order) => [type, order]));

const CACHE_TYPES = new Set(TYPES_TOP_DOWN.filter((type) => /^L[1-5]i?Cache$/.test(type)));

/** Whether `name` is one of the object types. */
export function isObjectType(name: string): name is ObjectType {
  return ORDER.has(name as ObjectType);
}

/** NUMA nodes and memory-side caches hang beside the tree of CPUs. */
export function isMemoryType(type: ObjectType): boolean {
  return type === 'NUMANode' || type === 'MemCache';
}

/** Types that form the tree of CPUs. */
export function isNormalType(type: ObjectType): boolean {
  return !isMemoryType(type) && type !== 'Misc';
}

/** CPU caches; memory-side caches are not among them. */
export function isCacheType(type: ObjectType): boolean {
  return CACHE_TYPES.has(type);
}

/** Below zero when `a` stands above `b`, above zero when below, 0 for one type. */
export function compareTypes(a: ObjectType, b: ObjectType): number {
  return ORDER.get(a)! - ORDER.get(b)!;
}

/** The type of a cache of that level, or undefined for a level the model has no type for. */
export function cacheTypeOf(level: number, kind: CacheKind): ObjectType | undefined {
  const name = `L${level}${kind === 'instruction' ? 'i' : ''}Cache`;
  return isObjectType(name) ? name : undefined;
}

/** What a cache holds. */
export type CacheKind = 'unified' | 'data' | 'instruction';
