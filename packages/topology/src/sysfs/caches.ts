// The caches of each CPU, entered by the first CPU that has them.
import { Bitmap } from '@forkless/bitmap';
import { cacheTypeOf, type CacheKind } from '../tree/object-type.ts';
import type { CacheAttributes } from '../tree/topology-object.ts';
import { CPU_ROOT, type CpuSource } from './cpu-source.ts';
import type { FileMap } from './file-map.ts';

/** hwloc looks for that many caches of a CPU. */
const CACHES_MAX = 10;

/**
 * Inserts the caches of which `cpu` is the first CPU; `coreFile` names the threads of its core.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, look_sysfscpu()
 */
export function insertCaches(source: CpuSource, cpu: number, coreFile: string): void {
  const { files, builder, described, isKnl } = source;
  for (let index = 0; index < CACHES_MAX; index++) {
    const directory = `${CPU_ROOT}/cpu${cpu}/cache/index${index}`;
    let set = files.mask(`${directory}/shared_cpu_map`, described.nbits);
    if (set === undefined) continue;
    // Itanium leaves the map of its lesser caches empty: they are the core's.
    if (set.isEmpty()) {
      set = files.mask(`${CPU_ROOT}/cpu${cpu}/topology/${coreFile}`, described.nbits) ?? set;
    }
    if (set.firstAnd(described) !== cpu) continue;
    const cache = readCache(files, directory);
    const type = cache === undefined ? undefined : cacheTypeOf(cache.level, cache.kind);
    if (cache === undefined || type === undefined) continue;
    // Knights Landing claims an L3 of no size, which stands for the memory in its package.
    if (isKnl && type === 'L3Cache' && cache.sizeBytes === 0) continue;
    const object = builder.create(
      type,
      files.index(`${directory}/id`),
      new Bitmap(set.nbits).and(set, described),
    );
    object.cache = cache;
    builder.insert(object);
  }
}

const KINDS: Readonly<Record<string, CacheKind>> = { Data: 'data', Instruction: 'instruction' };

function readCache(files: FileMap, directory: string): CacheAttributes | undefined {
  const level = files.number(`${directory}/level`);
  if (level === undefined) return undefined;
  const lineBytes = files.number(`${directory}/coherency_line_size`) ?? 0;
  const sets = files.number(`${directory}/number_of_sets`) ?? 0;
  const linesPerTag = files.number(`${directory}/physical_line_partition`) ?? 1;
  const sizeBytes = (files.number(`${directory}/size`) ?? 0) * 1024;
  // The kernel's own figure is 0 or −1 for "full" on some processors; one set is not to be believed.
  const isKnown = lineBytes > 0 && linesPerTag > 0 && sets > 1;
  const ways = isKnown ? Math.floor(sizeBytes / lineBytes / linesPerTag / sets) : 0;
  const kind = KINDS[files.line(`${directory}/type`) ?? ''] ?? 'unified';
  return { sizeBytes, lineBytes, ways, level, kind };
}
