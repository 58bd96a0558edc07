// What stands beside the objects in a document: distances, attributes of memory, kinds of CPUs.
import { readTypeName } from '../synthetic/type-name.ts';
import { DISTANCE_KIND } from '../tree/distance-matrix.ts';
import { isImpliedAttribute, MEMORY_ATTRIBUTE_FLAG } from '../tree/memory-attributes.ts';
import type { TopologyObject } from '../tree/topology-object.ts';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import type { AttributeReader } from './attributes.ts';
import type { XmlElement } from './parse-xml.ts';
import type { ReadObjects } from './read-object.ts';

/** More objects than any machine measures distances between. */
const MATRIX_OBJECTS_MAX = 4096;

/** What reading tables takes. */
interface TableSource {
  readonly builder: TreeBuilder;
  readonly objects: ReadObjects;
  readonly attributes: AttributeReader;
}

/** Reads one element after the objects; answers whether it is known. */
export function readTable(source: TableSource, element: XmlElement): boolean {
  if (element.name === 'distances2' || element.name === 'distances2hetero')
    readDistances(source, element);
  else if (element.name === 'memattr') readMemoryAttribute(source, element);
  else if (element.name === 'cpukind') readCpuKind(source, element);
  else return element.name === 'support' || element.name === 'info';
  return true;
}

/** The words in all children of a name. */
function words(element: XmlElement, name: string): string[] {
  const text = element.children.flatMap((child) => (child.name === name ? [child.text] : []));
  return text
    .join(' ')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** @see hwloc 2.9.0, hwloc/topology-xml.c, hwloc__xml_v2import_distances() */
function readDistances(
  { builder, objects, attributes: read }: TableSource,
  element: XmlElement,
): void {
  const isMixed = element.name === 'distances2hetero';
  const count = read.number(element, 'nbobjs');
  const indexes = words(element, 'indexes');
  const values = words(element, 'u64values');
  if (count < 1 || count > MATRIX_OBJECTS_MAX) {
    read.fail(element, `${count} objects with distances`, `1 to ${MATRIX_OBJECTS_MAX}`);
  }
  if (indexes.length !== count) read.fail(element, `${indexes.length} indexes`, `${count}`);
  if (values.length !== count * count)
    read.fail(element, `${values.length} values`, `${count * count}`);
  const type = isMixed ? '' : typeOf(read, element, 'type');
  const isByOs = type === 'PU' || type === 'NUMANode';
  const indexing = element.attributes['indexing'];
  if (!isMixed && indexing !== (isByOs ? 'os' : 'gp')) {
    read.warn(element, `distances indexed by ${indexing ?? 'nothing'} are left out`);
    return;
  }
  const found = indexes.map((index) => {
    if (!isMixed) return (isByOs ? objects.byOs : objects.byGp).get(`${type}:${index}`);
    const [name, gp] = index.split(':', 2);
    return objects.byGp.get(`${readTypeName(name ?? '')?.type}:${gp}`);
  });
  const missing = found.indexOf(undefined);
  if (missing >= 0)
    read.warn(
      element,
      `distances of ${indexes[missing]!.slice(0, 40)}, which is not there, are left out`,
    );
  const present = found.filter((object) => object !== undefined);
  builder.addDistances(
    {
      name: element.attributes['name'],
      kind: isMixed
        ? read.number(element, 'kind') | DISTANCE_KIND.heterogeneous
        : read.number(element, 'kind'),
      objects: present,
      values: values
        .filter(
          (_, cell) =>
            found[Math.floor(cell / count)] !== undefined && found[cell % count] !== undefined,
        )
        .map((value) => read.toNumber(element, value, 'value')),
    },
    { group: false },
  );
}

function typeOf(read: AttributeReader, element: XmlElement, attribute: string): string {
  const text = element.attributes[attribute] ?? '';
  const type = readTypeName(text)?.type;
  return type ?? read.fail(element, `${attribute}="${text.slice(0, 40)}"`, 'a type of object');
}

/** @see hwloc 2.9.0, hwloc/topology-xml.c, hwloc__xml_import_memattr() */
function readMemoryAttribute(source: TableSource, element: XmlElement): void {
  const { builder, attributes: read } = source;
  const name = element.attributes['name'] ?? '';
  const flags = read.number(element, 'flags', -1);
  const table = builder.memoryAttributes;
  const direction =
    flags & (MEMORY_ATTRIBUTE_FLAG.higherIsBetter + MEMORY_ATTRIBUTE_FLAG.lowerIsBetter);
  const isNew = name !== '' && (direction === 1 || direction === 2) && flags < 8;
  if (isNew && !isImpliedAttribute(name)) table.register(name, flags);
  if (isImpliedAttribute(name) || table.flagsOf(name) !== flags) {
    read.warn(element, `the attribute "${name.slice(0, 40)}" with flags ${flags} is left out`);
    return;
  }
  for (const child of element.children) {
    if (child.name === 'memattr_value') readValue(source, child, name, flags);
  }
}

function readValue(
  { builder, objects, attributes: read }: TableSource,
  element: XmlElement,
  name: string,
  flags: number,
): void {
  const objectOf = (kind: 'target' | 'initiator'): TopologyObject | undefined => {
    const type = typeOf(read, element, `${kind}_obj_type`);
    return objects.byGp.get(`${type}:${read.number(element, `${kind}_obj_gp_index`, -1)}`);
  };
  const target = objectOf('target');
  const needsInitiator = (flags & MEMORY_ATTRIBUTE_FLAG.needsInitiator) !== 0;
  const initiator = needsInitiator
    ? (read.set(element, 'initiator_cpuset', builder.cpuWidth) ?? objectOf('initiator'))
    : undefined;
  if (target === undefined || (needsInitiator && initiator === undefined)) {
    read.warn(element, `a value of ${name} for an object that is not there is left out`);
    return;
  }
  builder.memoryAttributes.set(name, target, { initiator, value: read.number(element, 'value') });
}

function readCpuKind({ builder, attributes: read }: TableSource, element: XmlElement): void {
  const cpuset = read.set(element, 'cpuset', builder.cpuWidth);
  if (cpuset === undefined) return read.fail(element, 'a cpukind without cpuset', 'one');
  const infos = element.children.flatMap(({ name, attributes }): [string, string][] =>
    name === 'info' ? [[attributes['name'] ?? '', attributes['value'] ?? '']] : [],
  );
  builder.cpuKinds.register(cpuset, read.number(element, 'forced_efficiency', -1), infos);
}
