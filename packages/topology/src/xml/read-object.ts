// One object element with all below it, into a tree in the making. Sets are taken as the document has
// them; what contradicts itself is refused with the line, what hwloc lets pass gets a warning.
import { Bitmap } from '@forkless/bitmap';
import { compareFirstCpu, reorderSiblings } from '../tree/insert.ts';
import {
  cacheTypeOf,
  type CacheKind,
  isCacheType,
  isMemoryType,
  isNormalType,
  type ObjectType,
} from '../tree/object-type.ts';
import { describeObject, GROUP_KIND, type TopologyObject } from '../tree/topology-object.ts';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import { readTypeName } from '../synthetic/type-name.ts';
import type { AttributeReader } from './attributes.ts';
import type { XmlElement } from './parse-xml.ts';

/** Devices; the model has none. */
const DEVICES = /^(?:bridge|hostbridge|pcibridge|pci|os|block|net|openfabrics|dma|gpu|coproc|co-)/i;

/** Groups of kinds that hwloc later gave types of their own. */
const OLD_DIE_KIND = 104;
const CACHE_KINDS: readonly CacheKind[] = ['unified', 'data', 'instruction'];

/** What objects are looked up by once all are read. */
export interface ReadObjects {
  /** By "type:gp_index". */
  readonly byGp: ReadonlyMap<string, TopologyObject>;
  /** By "type:os_index". */
  readonly byOs: ReadonlyMap<string, TopologyObject>;
}

/** Reads the element of the machine into the builder's root, and all below it. O(elements). */
export function readObjects(
  builder: TreeBuilder,
  element: XmlElement,
  attributes: AttributeReader,
): ReadObjects {
  const reader = new ObjectReader(builder, attributes);
  reader.readRoot(element);
  return reader;
}

class ObjectReader implements ReadObjects {
  readonly byGp = new Map<string, TopologyObject>();
  readonly byOs = new Map<string, TopologyObject>();
  readonly #builder: TreeBuilder;
  readonly #attributes: AttributeReader;
  readonly #nodes: Bitmap;
  #deviceCount = 0;

  constructor(builder: TreeBuilder, attributes: AttributeReader) {
    this.#builder = builder;
    this.#attributes = attributes;
    this.#nodes = new Bitmap(builder.nodeWidth);
  }

  readRoot(element: XmlElement): void {
    const { root } = this.#builder;
    this.#readAttributes(root, element);
    if (root.nodeset === undefined) {
      return this.#attributes.fail(element, 'a machine without nodeset', 'one');
    }
    root.completeNodeset ??= root.nodeset.clone();
    for (const child of element.children) this.#readPart(root, child);
    this.#finishChildren(root, element);
    if (this.#deviceCount > 0) {
      this.#attributes.warn(element, `${this.#deviceCount} I/O devices are left out`);
    }
  }

  /** Anything below an object: another one, an info, a page size. */
  #readPart(parent: TopologyObject, element: XmlElement): void {
    const { name, attributes } = element;
    if (name === 'object') this.#readObject(parent, element);
    else if (name === 'info') {
      if (attributes['name'] !== undefined)
        parent.infos.push([attributes['name'], attributes['value'] ?? '']);
    } else if (name === 'page_type') {
      const sizeBytes = this.#attributes.number(element, 'size');
      const count = this.#attributes.number(element, 'count');
      if (sizeBytes > 0) parent.memory?.pageTypes.push({ sizeBytes, count });
    } else if (name !== 'userdata') {
      this.#attributes.warn(element, `<${name.slice(0, 40)}> is left out`);
    }
  }

  #readObject(parent: TopologyObject, element: XmlElement): void {
    const type = this.#typeOf(element);
    if (type === undefined) {
      this.#deviceCount++;
      // What hangs at a device and is none itself hangs at the device's parent.
      for (const child of element.children)
        if (child.name === 'object') this.#readObject(parent, child);
      return;
    }
    this.#checkParent(parent, type, element);
    const object = this.#builder.create(type, -1, new Bitmap(this.#builder.cpuWidth));
    object.parent = parent;
    this.#readAttributes(object, element);
    this.#hang(parent, object, element);
    for (const child of element.children) this.#readPart(object, child);
    this.#finishChildren(object, element);
  }

  /** The type of an element, undefined for a device. */
  #typeOf(element: XmlElement): ObjectType | undefined {
    const text = element.attributes['type'] ?? '';
    const type = /^(?:Tile|Module)$/i.test(text) ? 'Group' : readTypeName(text)?.type;
    if (type === undefined && DEVICES.test(text)) return undefined;
    if (type === undefined)
      return this.#attributes.fail(element, `type="${text.slice(0, 40)}"`, 'a type of object');
    if (type === 'Machine') return 'Group';
    const group = element.attributes;
    const isDie = group['kind'] === String(OLD_DIE_KIND) || group['subtype'] === 'Die';
    return type === 'Group' && isDie ? 'Die' : type;
  }

  #checkParent(parent: TopologyObject, type: ObjectType, element: XmlElement): void {
    const isWrong =
      (isNormalType(type) && (!isNormalType(parent.type) || parent.type === 'PU')) ||
      (isMemoryType(type) && parent.type === 'Misc') ||
      (type === 'MemCache' && parent.type === 'NUMANode');
    if (isWrong) this.#attributes.fail(element, `${type} in ${parent.type}`, 'another parent');
  }

  #readAttributes(object: TopologyObject, element: XmlElement): void {
    const { cpuWidth, nodeWidth } = this.#builder;
    const read = this.#attributes;
    const { type } = object;
    object.osIndex = this.#osIndex(element);
    object.name = element.attributes['name'];
    object.subtype = element.attributes['subtype'];
    const id = /^obj(\d+)$/.exec(element.attributes['id'] ?? '')?.[1];
    object.gpIndex = this.#builder.takeGpIndex(
      id === undefined ? read.number(element, 'gp_index', -1) : Number(id),
    );
    this.byGp.set(`${type}:${object.gpIndex}`, object);
    this.byOs.set(`${type}:${object.osIndex}`, object);
    if (type === 'Misc') return;
    const cpuset = read.set(element, 'cpuset', cpuWidth);
    if (cpuset === undefined) return read.fail(element, `${type} without cpuset`, 'one');
    object.cpuset.copy(cpuset);
    object.completeCpuset = read.set(element, 'complete_cpuset', cpuWidth) ?? cpuset.clone();
    object.nodeset = read.set(element, 'nodeset', nodeWidth);
    object.completeNodeset =
      read.set(element, 'complete_nodeset', nodeWidth) ?? object.nodeset?.clone();
    if (isMemoryType(type) && object.nodeset === undefined) {
      return read.fail(element, `${type} without nodeset`, 'one');
    }
    if (isCacheType(type) || type === 'MemCache') this.#readCache(object, element);
    else if (type === 'Group') this.#readGroup(object, element);
    else if (type === 'NUMANode') this.#readNode(object, element);
    else if (type === 'PU') this.#checkPu(object, element);
  }

  #osIndex(element: XmlElement): number {
    const index = this.#attributes.number(element, 'os_index', -1);
    return index < 0 || index >= 2 ** 32 - 1 ? -1 : index;
  }

  #readCache(object: TopologyObject, element: XmlElement): void {
    const read = this.#attributes;
    const level = read.number(element, 'depth');
    const kind = CACHE_KINDS[read.number(element, 'cache_type')];
    const isRight =
      kind !== undefined &&
      (object.type === 'MemCache' || cacheTypeOf(level, kind) === object.type);
    if (!isRight) {
      return read.fail(
        element,
        `${object.type} of depth ${level}`,
        'depth and cache_type of its type',
      );
    }
    object.cache = {
      sizeBytes: read.number(element, 'cache_size'),
      lineBytes: read.number(element, 'cache_linesize'),
      ways: read.number(element, 'cache_associativity'),
      level,
      kind,
    };
  }

  #readGroup(object: TopologyObject, element: XmlElement): void {
    const read = this.#attributes;
    const isTile = /^Tile$/i.test(element.attributes['type'] ?? '');
    object.group = {
      kind: read.number(element, 'kind', isTile ? GROUP_KIND.intelTile : 0),
      subkind: read.number(element, 'subkind'),
      dontMerge: read.number(element, 'dont_merge') !== 0,
      depth: -1,
    };
  }

  #readNode(object: TopologyObject, element: XmlElement): void {
    const { nodeset, osIndex } = object;
    const isItself = nodeset?.weight() === 1 && nodeset.test(osIndex);
    if (!isItself)
      return this.#attributes.fail(
        element,
        `NUMANode P#${osIndex} with another nodeset`,
        'its own bit',
      );
    if (this.#nodes.test(osIndex))
      this.#attributes.fail(element, `NUMANode P#${osIndex} twice`, 'once');
    this.#nodes.set(osIndex);
    object.memory = { localBytes: this.#attributes.number(element, 'local_memory'), pageTypes: [] };
  }

  #checkPu(object: TopologyObject, element: XmlElement): void {
    const { completeCpuset, osIndex } = object;
    const isItself = completeCpuset!.weight() === 1 && completeCpuset!.test(osIndex);
    if (!isItself)
      this.#attributes.fail(element, `PU P#${osIndex} with another cpuset`, 'its own bit');
  }

  /** Puts `object` at its parent as the document has it. */
  #hang(parent: TopologyObject, object: TopologyObject, element: XmlElement): void {
    if (object.type === 'Misc') parent.miscChildren.push(object);
    else if (isMemoryType(object.type)) parent.memoryChildren.push(object);
    else {
      const span = (parent.span ??= new Bitmap(this.#builder.cpuWidth));
      if (span.intersects(object.cpuset)) {
        this.#attributes.fail(
          element,
          `${describeObject(object)} with CPUs of an object beside it`,
          'others',
        );
      }
      span.or(span, object.cpuset);
      if (!object.cpuset.isSubsetOf(parent.cpuset)) {
        this.#attributes.warn(
          element,
          `${describeObject(object)} has CPUs that its parent has not; they are left out`,
        );
      }
      parent.children.push(object);
    }
  }

  /** Children stand in the order of their first CPU; an object without any has to be a PU. */
  #finishChildren(object: TopologyObject, element: XmlElement): void {
    const { children } = object;
    const isSorted = children.every(
      (child, i) => i === 0 || compareFirstCpu(children[i - 1]!, child) <= 0,
    );
    if (!isSorted) {
      this.#attributes.warn(element, `the children of ${describeObject(object)} are put in order`);
      object.children = reorderSiblings(children);
    }
    const isLeaf = isNormalType(object.type) && children.length === 0;
    if (isLeaf && object.type !== 'PU' && !object.cpuset.isEmpty()) {
      this.#attributes.fail(
        element,
        `${describeObject(object)} with CPUs and no PU`,
        'a PU for each',
      );
    }
  }
}
