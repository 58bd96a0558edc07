// Machine A of the recorded scenarios: four nodes with uneven distances, CPUs {0,1} {2} {3} {}, so that
// node 3 is like memory behind CXL. Sizes as recorded, fallback orders as its kernel printed them.
import { createMm, LocalPlacer, MAP, Memory, mmap, type Mm, PAGE_SIZE, PROT } from '@forkless/mm';
import { createHolder, Numa, PolicyPlacer, type HolderOptions } from '../src/index.ts';

/** Where tests map their memory. */
export const BASE = 0x100000000000;

/** A fresh machine A. */
export function machineA(pages: readonly number[] = [61586, 32210, 24018, 32214]): Numa {
  const orders = ['0312', '1203', '2130', '3021'].map((order) => [...order].map(Number));
  const memory = new Memory({
    nodes: pages.map((count, node) => ({ node, pages: count })),
    fallbackOrder: (node) => orders[node]!,
    nodeOfCpu: (cpu) => [0, 0, 1, 2][cpu]!,
  });
  return new Numa(memory, { nodesMax: 16 });
}

/** A task with an address space on machine A. */
export function taskOn(numa: Numa, options: HolderOptions = {}) {
  const mm = createMm(numa.memory, new LocalPlacer(numa.memory, 0));
  const holder = createHolder(numa, { mm, ...options });
  return { mm, holder, placer: new PolicyPlacer(holder) };
}

/** Maps private anonymous memory, or an object shared. */
export function mapAt(
  mm: Mm,
  pageCount: number,
  address = BASE,
  object?: ReturnType<Memory['createObject']>,
): number {
  const holder = createHolder(new Numa(mm.memory));
  const answer = mmap(
    mm,
    {
      address,
      length: pageCount * PAGE_SIZE,
      prot: PROT.READ | PROT.WRITE,
      flags: MAP.FIXED_NOREPLACE | (object ? MAP.SHARED : MAP.PRIVATE | MAP.ANONYMOUS),
      ...(object ? { object } : {}),
    },
    new PolicyPlacer(holder),
  );
  if (typeof answer !== 'number') throw new Error(answer.reason);
  return answer;
}
