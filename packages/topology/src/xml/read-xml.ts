// From hwloc's XML, version 2 or 3, to a machine.
import { checkBudget } from '../machine/bounds.ts';
import type { Machine } from '../machine/machine.ts';
import { machineOfTree } from '../machine/machine-of-tree.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import type { Warn } from '../tree/insert.ts';
import { TreeBuilder } from '../tree/tree-builder.ts';
import { AttributeReader } from './attributes.ts';
import { parseXml, type XmlElement } from './parse-xml.ts';
import { readObjects } from './read-object.ts';
import { readTable } from './read-tables.ts';

/** How a document is read. */
export interface XmlOptions {
  /** What the machine is called and messages begin with. */
  readonly name?: string;
  /** Whether CPUs and nodes that the document does not allow are in the tree. */
  readonly includeDisallowed?: boolean;
}

/**
 * Reads a machine from hwloc's XML. Throws a ConfigError with the line where the text is no such
 * document or contradicts itself; what hwloc tolerates is tolerated with a warning. O(text).
 *
 * @see hwloc 2.9.0, hwloc/topology-xml.c, hwloc_look_xml()
 */
export function readHwlocXml(text: string, options: XmlOptions = {}): Machine {
  const name = options.name ?? 'hwloc XML';
  const warnings: string[] = [];
  const tree = buildXml(text, { ...options, name }, (message) => void warnings.push(message));
  return machineOfTree({ name, tree, warnings });
}

function buildXml(
  text: string,
  { name, includeDisallowed = false }: XmlOptions & { name: string },
  warn: Warn,
): ObjectTree {
  const topology = parseXml(text, name);
  const attributes = new AttributeReader(name, warn);
  checkVersion(topology, attributes);
  const [machine, ...tables] = topology.children;
  const isMachine = /^(?:machine|system)$/i.test(machine?.attributes['type'] ?? '');
  if (machine?.name !== 'object' || !isMachine) {
    return attributes.fail(machine ?? topology, 'no Machine', 'an object of that type first');
  }
  const builder = builderFor(machine, attributes, warn);
  const objects = readObjects(builder, machine, attributes);
  const known = tables.map((table) => readTable({ builder, objects, attributes }, table));
  for (const [i, table] of tables.entries()) {
    if (!known[i]) attributes.warn(table, `<${table.name.slice(0, 40)}> is left out`);
    else if (table.name === 'info')
      builder.root.infos.push([table.attributes['name'] ?? '', table.attributes['value'] ?? '']);
  }
  return builder.finish({ includeDisallowed });
}

function checkVersion(topology: XmlElement, attributes: AttributeReader): void {
  if (topology.name !== 'topology')
    attributes.fail(topology, `<${topology.name.slice(0, 40)}>`, '<topology>');
  const version = topology.attributes['version'] ?? 'none';
  if (!/^[23]\.\d+$/.test(version))
    attributes.fail(topology, `version ${version.slice(0, 40)}`, '2.0 to 3.x');
}

/** A builder as wide as the sets of the machine. */
function builderFor(machine: XmlElement, attributes: AttributeReader, warn: Warn): TreeBuilder {
  const widthOf = (...names: readonly string[]) =>
    Math.max(...names.map((name) => attributes.width(machine, name)));
  const cpuWidth = widthOf('cpuset', 'complete_cpuset');
  const nodeWidth = widthOf('nodeset', 'complete_nodeset');
  if (cpuWidth === 0) attributes.fail(machine, 'a machine without CPUs', 'a cpuset');
  if (nodeWidth === 0) attributes.fail(machine, 'a machine without nodes', 'a nodeset');
  checkBudget(countObjects(machine), { cpuWidth, nodeWidth }, `line ${machine.line}`);
  const builder = new TreeBuilder(cpuWidth, nodeWidth, warn);
  for (const [name, allowed] of [
    ['allowed_cpuset', builder.allowedCpuset],
    ['allowed_nodeset', builder.allowedNodeset],
  ] as const) {
    const set = attributes.set(machine, name, allowed.nbits);
    if (set !== undefined) allowed.copy(set);
  }
  return builder;
}

function countObjects(element: XmlElement): number {
  return element.children.reduce((sum, child) => sum + countObjects(child), 1);
}
