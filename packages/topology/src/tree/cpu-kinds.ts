// Kinds of CPUs in one machine: disjoint sets, each with what is known of it, ranked from the least
// to the most powerful when that can be told.
import { Bitmap } from '@forkless/bitmap';
import { compareSets } from './insert.ts';

/** CPUs of one kind. */
export interface CpuKind {
  readonly cpuset: Bitmap;
  /** A rank that a source insisted on, −1 when none did. */
  readonly forcedEfficiency: number;
  /** Rank among the kinds, 0 the least powerful; −1 when they cannot be ranked. */
  readonly efficiency: number;
  readonly infos: readonly (readonly [name: string, value: string])[];
}

interface Draft {
  cpuset: Bitmap;
  forcedEfficiency: number;
  infos: [string, string][];
}

/** Collects kinds, splitting those that a new set crosses. */
export class CpuKindTable {
  readonly #drafts: Draft[] = [];

  /**
   * Says something of the CPUs of `set`. O(kinds).
   *
   * @see hwloc 2.9.0, hwloc/cpukinds.c, hwloc_internal_cpukinds_register()
   */
  register(set: Bitmap, forcedEfficiency: number, infos: readonly [string, string][]): void {
    const rest = set.clone();
    for (const draft of this.#drafts.slice()) {
      if (rest.isEmpty()) return;
      const relation = compareSets(rest, draft.cpuset);
      if (relation === 'intersects' || relation === 'included') {
        const common = new Bitmap(rest.nbits).and(rest, draft.cpuset);
        const split = { cpuset: common, forcedEfficiency, infos: [...draft.infos] };
        addInfos(split, infos);
        this.#drafts.push(split);
        draft.cpuset.andnot(draft.cpuset, common);
        rest.andnot(rest, common);
      } else if (relation === 'contains' || relation === 'equal') {
        addInfos(draft, infos);
        if (draft.forcedEfficiency < 0) draft.forcedEfficiency = forcedEfficiency;
        rest.andnot(rest, draft.cpuset);
      }
    }
    if (rest.isEmpty()) return;
    const draft: Draft = { cpuset: rest, forcedEfficiency, infos: [] };
    addInfos(draft, infos);
    this.#drafts.push(draft);
  }

  /** The kinds, from the least powerful to the most when they can be ranked. */
  result(): CpuKind[] {
    return rankKinds(this.#drafts.map((draft) => ({ ...draft, efficiency: -1 })));
  }
}

/** The kinds that still have CPUs in `cpuset`, ranked anew. */
export function restrictKinds(kinds: readonly CpuKind[], cpuset: Bitmap): CpuKind[] {
  const left = kinds.map((kind) => ({
    ...kind,
    cpuset: new Bitmap(cpuset.nbits).and(kind.cpuset, cpuset),
  }));
  const some = left.filter((kind) => !kind.cpuset.isEmpty());
  return some.length === kinds.length ? left : rankKinds(some);
}

function addInfos(draft: Draft, infos: readonly [string, string][]): void {
  for (const [name, value] of infos) {
    const known = draft.infos.some(([n, v]) => n === name && v === value);
    if (!known) draft.infos.push([name, value]);
  }
}

/** @see hwloc 2.9.0, hwloc/cpukinds.c, hwloc_internal_cpukinds_rank(), default heuristics */
function rankKinds(kinds: CpuKind[]): CpuKind[] {
  if (kinds.length < 2) return kinds.map((kind) => ({ ...kind, efficiency: 0 }));
  const ranks = forcedRanks(kinds) ?? infoRanks(kinds);
  if (ranks === undefined) return kinds.map((kind) => ({ ...kind, efficiency: -1 }));
  const order = kinds.map((_, i) => i).toSorted((a, b) => ranks[a]! - ranks[b]!);
  return order.map((index, efficiency) => ({ ...kinds[index]!, efficiency }));
}

function forcedRanks(kinds: readonly CpuKind[]): number[] | undefined {
  const ranks = kinds.map(({ forcedEfficiency }) => forcedEfficiency);
  return ranks.every((rank) => rank >= 0) ? unlessTied(ranks) : undefined;
}

/** Intel's core type weighs more than any frequency; the base frequency counts before the highest. */
function infoRanks(kinds: readonly CpuKind[]): number[] | undefined {
  const numbers = (name: string) =>
    kinds.map(({ infos }) => Number.parseInt(infos.findLast(([n]) => n === name)?.[1] ?? '0', 10));
  const types = kinds.map(({ infos }) => {
    const type = infos.findLast(([name]) => name === 'CoreType')?.[1];
    return type === 'IntelCore' ? 2 : Number(type === 'IntelAtom');
  });
  const [highest, base] = [numbers('FrequencyMaxMHz'), numbers('FrequencyBaseMHz')];
  const isKnown = (values: readonly number[]) => values.every((value) => value > 0);
  if (!isKnown(types) && !isKnown(highest) && !isKnown(base)) return undefined;
  const frequencies = isKnown(base) ? base : highest;
  return unlessTied(types.map((type, i) => type * 2 ** 20 + frequencies[i]!));
}

function unlessTied(ranks: number[]): number[] | undefined {
  return new Set(ranks).size === ranks.length ? ranks : undefined;
}
