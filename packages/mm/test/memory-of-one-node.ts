// A machine of one node, for tests in which it does not matter where pages lie.
import { LocalPlacer, Memory, type MemoryOptions } from '../src/index.ts';

/** Memory of `pages` pages on node 0 and the placer of a task there. */
export function oneNode(pages = 100_000, options: MemoryOptions = {}) {
  const memory = new Memory(
    { nodes: [{ node: 0, pages }], fallbackOrder: () => [0], nodeOfCpu: () => 0 },
    options,
  );
  return { memory, placer: new LocalPlacer(memory, 0) };
}
