// A tree as hwloc's XML, version 2.0: what every hwloc since 2.0 reads back as the same machine.
import { formatHwloc } from '@forkless/bitmap';
import type { CpuKind } from '../tree/cpu-kinds.ts';
import { type DistanceMatrix, matrixType } from '../tree/distance-matrix.ts';
import {
  isCpuInitiator,
  isImpliedAttribute,
  type MemoryAttribute,
} from '../tree/memory-attributes.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import type { TopologyObject } from '../tree/topology-object.ts';

type Attributes = readonly (readonly [name: string, value: string | number | undefined])[];

const CACHE_TYPES = { unified: 0, data: 1, instruction: 2 } as const;

/** hwloc writes so many numbers into one element. */
const NUMBERS_A_LINE = 10;

/**
 * The document. O(objects × words).
 *
 * @see hwloc 2.9.0, hwloc/topology-xml.c, hwloc__xml_export_topology()
 */
export function formatHwlocXml(tree: ObjectTree): string {
  const writer = new XmlWriter();
  writer.open('topology', [['version', '2.0']]);
  writeObject(writer, tree.root, tree);
  for (const matrix of tree.distances) writeDistances(writer, matrix);
  for (const attribute of tree.memoryAttributes) writeMemoryAttribute(writer, attribute);
  for (const kind of tree.cpuKinds) writeCpuKind(writer, kind);
  writer.close('topology');
  return writer.text();
}

class XmlWriter {
  readonly #lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE topology SYSTEM "hwloc2.dtd">',
  ];
  #depth = 0;

  open(name: string, attributes: Attributes): void {
    this.#line(`<${name}${attributeText(attributes)}>`);
    this.#depth++;
  }

  close(name: string): void {
    this.#depth--;
    this.#line(`</${name}>`);
  }

  empty(name: string, attributes: Attributes): void {
    this.#line(`<${name}${attributeText(attributes)}/>`);
  }

  /** Words in elements that say how long their text is. */
  words(name: string, words: readonly string[]): void {
    for (let at = 0; at < words.length; at += NUMBERS_A_LINE) {
      const text = words
        .slice(at, at + NUMBERS_A_LINE)
        .map((word) => `${word} `)
        .join('');
      this.#line(`<${name} length="${text.length}">${text}</${name}>`);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #line(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text);
  }
}

function attributeText(attributes: Attributes): string {
  return attributes
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escape(String(value))}"`))
    .join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Control characters have no place in XML, as little as halves of surrogate pairs. */
function escape(text: string): string {
  return text
    .replaceAll(/[&<>"\t\n\r]/g, (found) => ESCAPES[found]!)
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
}

function writeObject(writer: XmlWriter, object: TopologyObject, tree: ObjectTree): void {
  const attributes = [...commonAttributes(object, tree), ...ownAttributes(object)];
  const pages = object.memory?.pageTypes ?? [];
  const children = [...object.memoryChildren, ...object.children, ...object.miscChildren];
  if (object.infos.length + pages.length + children.length === 0) {
    writer.empty('object', attributes);
    return;
  }
  writer.open('object', attributes);
  for (const { sizeBytes, count } of pages) {
    writer.empty('page_type', [
      ['size', sizeBytes],
      ['count', count],
    ]);
  }
  writeInfos(writer, object.infos);
  for (const child of children) writeObject(writer, child, tree);
  writer.close('object');
}

function writeInfos(writer: XmlWriter, infos: CpuKind['infos']): void {
  for (const [name, value] of infos) {
    writer.empty('info', [
      ['name', name],
      ['value', value],
    ]);
  }
}

function commonAttributes(object: TopologyObject, tree: ObjectTree): Attributes {
  const isRoot = object.parent === undefined;
  const hasSets = object.type !== 'Misc';
  const set = (bitmap: TopologyObject['nodeset']) =>
    hasSets && bitmap !== undefined ? formatHwloc(bitmap) : undefined;
  return [
    ['type', object.type],
    ['os_index', object.osIndex < 0 ? undefined : object.osIndex],
    ['cpuset', set(object.cpuset)],
    ['complete_cpuset', set(object.completeCpuset)],
    ['allowed_cpuset', isRoot ? set(tree.allowedCpuset) : undefined],
    ['nodeset', set(object.nodeset)],
    ['complete_nodeset', set(object.completeNodeset)],
    ['allowed_nodeset', isRoot ? set(tree.allowedNodeset) : undefined],
    ['gp_index', object.gpIndex],
    ['name', object.name],
    ['subtype', object.subtype],
  ];
}

function ownAttributes({ cache, group, memory }: TopologyObject): Attributes {
  if (cache !== undefined) {
    return [
      ['cache_size', cache.sizeBytes],
      ['depth', cache.level],
      ['cache_linesize', cache.lineBytes],
      ['cache_associativity', cache.ways],
      ['cache_type', CACHE_TYPES[cache.kind]],
    ];
  }
  if (group !== undefined) {
    return [
      ['kind', group.kind],
      ['subkind', group.subkind],
      ['dont_merge', group.dontMerge ? 1 : undefined],
    ];
  }
  const bytes = memory?.localBytes ?? 0;
  return bytes === 0 ? [] : [['local_memory', bytes]];
}

function writeDistances(writer: XmlWriter, matrix: DistanceMatrix): void {
  const type = matrixType(matrix);
  const isByOs = type === 'NUMANode' || type === 'PU';
  const element = type === undefined ? 'distances2hetero' : 'distances2';
  writer.open(element, [
    ['type', type],
    ['nbobjs', matrix.objects.length],
    ['kind', matrix.kind],
    ['name', matrix.name],
    ['indexing', type === undefined ? undefined : isByOs ? 'os' : 'gp'],
  ]);
  writer.words(
    'indexes',
    matrix.objects.map((object) => {
      if (isByOs) return String(object.osIndex);
      return type === undefined ? `${object.type}:${object.gpIndex}` : String(object.gpIndex);
    }),
  );
  writer.words('u64values', matrix.values.map(String));
  writer.close(element);
}

/** An attribute that hwloc always has is written only with values. */
function writeMemoryAttribute(writer: XmlWriter, { name, flags, targets }: MemoryAttribute): void {
  if (isImpliedAttribute(name) || targets.length === 0) return;
  writer.open('memattr', [
    ['name', name],
    ['flags', flags],
  ]);
  for (const { target, values } of targets) {
    for (const { initiator, value } of values) {
      const isObject = initiator !== undefined && !isCpuInitiator(initiator);
      writer.empty('memattr_value', [
        ['target_obj_type', target.type],
        ['target_obj_gp_index', target.gpIndex],
        ['value', value],
        ['initiator_cpuset', isCpuInitiator(initiator) ? formatHwloc(initiator) : undefined],
        ['initiator_obj_gp_index', isObject ? initiator.gpIndex : undefined],
        ['initiator_obj_type', isObject ? initiator.type : undefined],
      ]);
    }
  }
  writer.close('memattr');
}

function writeCpuKind(writer: XmlWriter, { cpuset, forcedEfficiency, infos }: CpuKind): void {
  writer.open('cpukind', [
    ['cpuset', formatHwloc(cpuset)],
    ['forced_efficiency', forcedEfficiency < 0 ? undefined : forcedEfficiency],
  ]);
  writeInfos(writer, infos);
  writer.close('cpukind');
}
