// Reading the text of a synthetic description into levels, types filled in where only numbers were
// given. What is refused is what hwloc 2.9.0 refuses, and sizes no machine has.
import { ConfigError } from '@forkless/errors';
import { SYNTHETIC_PU_MAX } from '../machine/bounds.ts';
import { type CacheKind, isCacheType, type ObjectType } from '../tree/object-type.ts';
import { scanSize, scanUnsigned } from './scan.ts';
import { readTypeName } from './type-name.ts';

/** Levels a description may have, the machine included. @see HWLOC_SYNTHETIC_MAX_DEPTH */
const LEVELS_MAX = 128;

/** One level: `arity` objects of a type below each object of the level before. */
export interface SyntheticLevel {
  type: ObjectType | undefined;
  /** Objects of this level below each of the level above. */
  arity: number;
  /** Objects of this level in all. */
  width: number;
  cacheLevel: number;
  cacheKind: CacheKind;
  /** The number that a group's name gave, −1 without one. */
  groupDepth: number;
  /** Size of a cache or node; 0 is the default one. */
  sizeBytes: number;
  indexes: string | undefined;
  /** Sizes of the nodes hung at each object of this level. */
  attachedBytes: number[];
}

/** A description: the levels from the machine down, and the indexes of the attached nodes. */
export interface SyntheticDescription {
  readonly levels: SyntheticLevel[];
  attachedIndexes: string | undefined;
}

/**
 * Parses a description; throws a ConfigError where hwloc fails to load it. O(text).
 *
 * @see hwloc 2.9.0, hwloc/topology-synthetic.c, hwloc_backend_synthetic_init()
 */
export function parseSynthetic(text: string): SyntheticDescription {
  const machine = level('Machine', 1, 1);
  const description: SyntheticDescription = { levels: [machine], attachedIndexes: undefined };
  let at = 0;
  if (text.startsWith('(')) at = readAttributes(text, 1, machine);
  for (;;) {
    while (text[at] === ' ' || text[at] === '\n') at++;
    if (at >= text.length) break;
    at =
      text[at] === '[' ? readAttached(text, at + 1, description) : readLevel(text, at, description);
  }
  const { levels } = description;
  const last = levels.at(-1)!;
  if (last.type !== undefined && last.type !== 'PU') {
    fail(text, text.length, `a last level of PUs, not of ${last.type}`);
  }
  last.type = 'PU';
  checkTypes(text, levels);
  fillTypes(text, levels);
  addImpliedNode(levels);
  fillDefaults(levels);
  return description;
}

function level(type: ObjectType | undefined, arity: number, width: number): SyntheticLevel {
  return {
    type,
    arity,
    width,
    cacheLevel: 0,
    cacheKind: 'unified',
    groupDepth: -1,
    sizeBytes: 0,
    indexes: undefined,
    attachedBytes: [],
  };
}

function fail(text: string, at: number, expected: string): never {
  const found = at < text.length ? `"${text.slice(at, at + 20)}"` : 'the end';
  throw new ConfigError(
    `synthetic description, character ${at}: found ${found}, expected ${expected}`,
  );
}

function readAttached(text: string, at: number, description: SyntheticDescription): number {
  const { levels } = description;
  if (readTypeName(text.slice(at))?.type !== 'NUMANode') fail(text, at, 'a memory type');
  const end = text.indexOf(']', at);
  if (end < 0) fail(text, text.length, '"]"');
  const node = level('NUMANode', 1, 1);
  const attributes = text.indexOf('(', at);
  if (attributes >= 0 && attributes < end) readAttributes(text, attributes + 1, node);
  levels.at(-1)!.attachedBytes.push(node.sizeBytes);
  description.attachedIndexes = node.indexes ?? description.attachedIndexes;
  return end + 1;
}

function readLevel(text: string, from: number, { levels }: SyntheticDescription): number {
  const parent = levels.at(-1)!;
  const made = level(undefined, 1, 1);
  let at = from;
  if (!/\d/.test(text[at]!)) {
    const name = readTypeName(text.slice(at));
    const isFuture = /^(?:Tile|Module)/.test(text.slice(at, at + 6));
    if (name === undefined && !isFuture) fail(text, at, 'an object type');
    const type = name?.type ?? 'Group';
    if (type === 'Machine' || type === 'Misc' || type === 'MemCache') {
      fail(text, at, 'a type that can be a level');
    }
    Object.assign(made, name, { type });
    const colon = text.indexOf(':', at);
    if (colon < 0) fail(text, text.length, '":" after the type');
    at = colon + 1;
  }
  const arity = scanUnsigned(text, at, 0);
  if (arity === undefined) fail(text, at, 'a number of objects');
  if (arity.value === 0) fail(text, at, 'at least one object');
  made.arity = arity.value;
  made.width = parent.width * arity.value;
  if (made.width > SYNTHETIC_PU_MAX)
    fail(text, at, `at most ${SYNTHETIC_PU_MAX} objects in a level`);
  at = arity.next;
  if (text[at] === '(') at = readAttributes(text, at + 1, made);
  if (levels.length + 1 >= LEVELS_MAX) fail(text, from, `fewer than ${LEVELS_MAX} levels`);
  levels.push(made);
  return at;
}

/** Reads "size=… indexes=…)" into `level`; answers the place after the bracket. */
function readAttributes(text: string, from: number, into: SyntheticLevel): number {
  if (!text.includes(')', from)) fail(text, text.length, '")"');
  const isCache = into.type !== undefined && isCacheType(into.type);
  const sizeName = isCache ? 'size=' : 'memory=';
  let at = from;
  while (text[at] !== ')') {
    if (text.startsWith(sizeName, at)) {
      const size = scanSize(text, at + sizeName.length);
      into.sizeBytes = size.value;
      at = size.next;
    } else if (text.startsWith('indexes=', at)) {
      const start = at + 'indexes='.length;
      at = start + text.slice(start).search(/[ )]/);
      into.indexes = text.slice(start, at);
    } else fail(text, at, `"${sizeName}" or "indexes="`);
    if (text[at] === ' ') at++;
    else if (text[at] !== ')') fail(text, at, '" " or ")"');
  }
  if (into.sizeBytes > Number.MAX_SAFE_INTEGER) fail(text, from, 'a size below 2^53 bytes');
  return text.indexOf(')', from) + 1;
}

/** These types may stand in one level only; groups and caches are not counted. */
const ONCE: readonly ObjectType[] = ['PU', 'Package', 'Die', 'NUMANode', 'Core'];

function checkTypes(text: string, levels: readonly SyntheticLevel[]): void {
  for (const type of ONCE) {
    const count = levels.filter((one) => one.type === type).length;
    if (count > 1) fail(text, text.length, `one level of ${type}, not ${count}`);
  }
  const asLevel = levels.some(({ type }) => type === 'NUMANode');
  if (asLevel && levels.some(({ attachedBytes }) => attachedBytes.length > 0)) {
    fail(text, text.length, 'NUMA nodes as a level or attached, not both');
  }
}

/**
 * Levels given by number only become groups, a package, a node, caches and a core, in this order
 * from the top; the node and the package are filled first, the groups last.
 */
function fillTypes(text: string, levels: SyntheticLevel[]): void {
  const inner = levels.slice(1, -1);
  const unset = inner.filter(({ type }) => type === undefined).length;
  if (unset === 0) return;
  if (unset !== inner.length) fail(text, text.length, 'a type for every level or for none');
  const isAttached = levels.some(({ attachedBytes }) => attachedBytes.length > 0);
  const wanted: [type: ObjectType, level: number, kind: CacheKind][] = [];
  const take = (count: number) => inner.length - wanted.length >= count;
  const node = !isAttached && take(1) ? 1 : 0;
  const pack = inner.length - node >= 1 ? 1 : 0;
  const core = inner.length - node - pack >= 1 ? 1 : 0;
  const caches = Math.min(4, inner.length - node - pack - core);
  const groups = inner.length - node - pack - core - caches;
  for (let i = 0; i < groups; i++) wanted.push(['Group', 0, 'unified']);
  if (pack === 1) wanted.push(['Package', 0, 'unified']);
  if (node === 1) wanted.push(['NUMANode', 0, 'unified']);
  if (caches >= 3) wanted.push(['L3Cache', 3, 'unified']);
  if (caches >= 1) wanted.push(['L2Cache', 2, 'unified']);
  if (caches >= 2) wanted.push(['L1Cache', 1, 'data']);
  if (caches >= 4) wanted.push(['L1iCache', 1, 'instruction']);
  if (core === 1) wanted.push(['Core', 0, 'unified']);
  for (const [i, [type, cacheLevel, cacheKind]] of wanted.entries()) {
    Object.assign(inner[i]!, { type, cacheLevel, cacheKind });
  }
}

/** A machine without any node has one at its root. */
function addImpliedNode(levels: SyntheticLevel[]): void {
  const hasNode = levels.some(
    ({ type, attachedBytes }) => type === 'NUMANode' || attachedBytes.length > 0,
  );
  if (!hasNode) levels.splice(1, 0, level('NUMANode', 1, 1));
}

function fillDefaults(levels: readonly SyntheticLevel[]): void {
  let groups = levels.filter(({ type }) => type === 'Group').length;
  for (const one of levels) {
    if (one.type === 'Group' && one.groupDepth < 0) one.groupDepth = groups--;
    if (one.sizeBytes > 0) continue;
    if (one.type === 'NUMANode') one.sizeBytes = 2 ** 30;
    else if (one.cacheLevel === 1) one.sizeBytes = 2 ** 15;
    else if (one.cacheLevel > 1) one.sizeBytes = 2 ** (18 + 2 * one.cacheLevel);
  }
}
