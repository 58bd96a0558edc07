// An hwloc document as a list of facts that does not depend on gp_index values, the order of attributes,
// or on how words of a set are spelled.
import { formatList } from '@forkless/bitmap';
import {
  forEachObject,
  isCpuInitiator,
  type ObjectTree,
  type TopologyObject,
} from '@forkless/topology';

/** Infos that name the program rather than the machine. */
const PROGRAM_INFOS = new Set(['hwlocVersion', 'ProcessName']);

/** Facts of a tree, objects in document order and each other by their place in it. */
export function documentFacts(tree: ObjectTree): object {
  const places = new Map<TopologyObject, number>();
  forEachObject(tree.root, (object) => places.set(object, places.size));
  const place = (object: TopologyObject | undefined) =>
    object === undefined ? -1 : places.get(object)!;
  return {
    objects: [...places.keys()].map((object) => objectFacts(object, place(object.parent))),
    allowed: [formatList(tree.allowedCpuset), formatList(tree.allowedNodeset)],
    distances: tree.distances.map(({ name, kind, objects, values }) => ({
      name: name ?? null,
      kind,
      objects: objects.map(place),
      values: [...values],
    })),
    memattrs: tree.memoryAttributes.flatMap(({ name, flags, targets }) =>
      targets.map(({ target, values }) => ({
        name,
        flags,
        target: place(target),
        values: values.map(({ initiator, value }) => [
          isCpuInitiator(initiator) ? formatList(initiator) : place(initiator),
          value,
        ]),
      })),
    ),
    cpukinds: tree.cpuKinds.map(({ cpuset, forcedEfficiency, infos }) => ({
      cpus: formatList(cpuset),
      forcedEfficiency,
      infos,
    })),
  };
}

function objectFacts(object: TopologyObject, parent: number): object {
  const { type, osIndex, name, subtype, infos, cache, group, memory } = object;
  return {
    type,
    parent,
    osIndex,
    name: name ?? null,
    subtype: subtype ?? null,
    sets: [object.cpuset, object.completeCpuset, object.nodeset, object.completeNodeset].map(
      (set) => (set === undefined ? null : formatList(set)),
    ),
    infos: infos.filter(([info]) => !PROGRAM_INFOS.has(info)),
    cache: cache ?? null,
    group: group ?? null,
    memory: memory ?? null,
  };
}
