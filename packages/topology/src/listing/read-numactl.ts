// Reading what `numactl --hardware` printed: nodes, their CPUs and memory, and the distances.
import { ConfigError } from '@forkless/errors';
import { Bitmap } from '@forkless/bitmap';
import { ID_MAX } from '../machine/bounds.ts';
import type { Machine } from '../machine/machine.ts';
import { quote } from '../sysfs/file-map.ts';
import type { ListedCpu } from './cpu-listing.ts';
import { machineOfListing } from './listed-machine.ts';

/** A node while it is read. */
interface DraftNode {
  readonly node: number;
  cpus: number[];
  memoryBytes: number;
  freeBytes: number | undefined;
}

/**
 * Reads a machine from the text. Sizes are in whole MB there. Throws a ConfigError with the line. O(text).
 *
 * @see numactl 2.0.16, numactl.c, hardware()
 */
export function readNumactl(text: string, name = 'numactl'): Machine {
  const reader = new NumactlReader(name);
  for (const [i, line] of text.split('\n').entries()) reader.read(line.trimEnd(), i + 1);
  return reader.machine();
}

class NumactlReader {
  readonly #name: string;
  readonly #warnings: string[] = [];
  readonly #nodes = new Map<number, DraftNode>();
  readonly #rows = new Map<number, number[]>();
  #where = '';
  #columns: number[] | undefined;
  #isInDistances = false;

  constructor(name: string) {
    this.#name = name;
  }

  read(line: string, number: number): void {
    this.#where = `${this.#name}, line ${number}`;
    const node = /^node (\d{1,9}) (cpus|size|free):(.*)$/.exec(line);
    if (node !== null) this.#readNode(Number(node[1]), node[2]!, node[3]!);
    else if (line === 'node distances:') this.#isInDistances = true;
    else if (this.#isInDistances && line.startsWith('node '))
      this.#columns = this.#numbers(line.slice(5));
    else if (this.#isInDistances && /^ *\d+:/.test(line)) {
      const [head, rest] = line.split(':', 2) as [string, string];
      this.#rows.set(this.#id(head.trim()), this.#numbers(rest));
    } else if (line !== '' && !line.startsWith('available: ')) {
      this.#warnings.push(`${this.#where}: ${quote(line)} is left out`);
    }
  }

  #readNode(id: number, what: string, rest: string): void {
    const node = this.#nodes.get(this.#id(String(id))) ?? {
      node: id,
      cpus: [],
      memoryBytes: 0,
      freeBytes: undefined,
    };
    this.#nodes.set(id, node);
    if (what === 'cpus') node.cpus = this.#numbers(rest);
    else {
      const megabytes = /^ (\d{1,12}) MB$/.exec(rest)?.[1];
      if (megabytes === undefined) this.#fail(quote(rest), 'a size in MB');
      const bytes = Number(megabytes) * 2 ** 20;
      if (what === 'size') node.memoryBytes = bytes;
      else node.freeBytes = bytes;
    }
  }

  #fail(found: string, expected: string): never {
    throw new ConfigError(`${this.#where}: found ${found}, expected ${expected}`);
  }

  #id(text: string): number {
    if (!(Number(text) <= ID_MAX)) this.#fail(quote(text), `a number of at most ${ID_MAX}`);
    return Number(text);
  }

  #numbers(text: string): number[] {
    return text
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => {
        if (!/^\d{1,9}$/.test(word)) this.#fail(quote(word), 'a number');
        return this.#id(word);
      });
  }

  machine(): Machine {
    this.#where = this.#name;
    const drafts = [...this.#nodes.values()].toSorted((a, b) => a.node - b.node);
    const cpus = drafts.flatMap(({ node, cpus: own }) =>
      own.map((cpu): ListedCpu => ({
        cpu,
        node,
        core: -1,
        socket: -1,
        book: -1,
        drawer: -1,
        caches: [],
      })),
    );
    if (cpus.length === 0) this.#fail('no node with CPUs', 'the output of numactl --hardware');
    if (new Set(cpus.map(({ cpu }) => cpu)).size < cpus.length)
      this.#fail('a CPU in two nodes', 'each in one');
    const width = cpus.reduce((most, { cpu }) => Math.max(most, cpu + 1), 0);
    const nodes = drafts.map(({ node, cpus: own, memoryBytes, freeBytes }) => ({
      node,
      cpus: Bitmap.of(width, own),
      memoryBytes,
      freeBytes,
      hasMemory: memoryBytes > 0,
    }));
    return machineOfListing({
      name: this.#name,
      listing: { caches: [], cpus: cpus.toSorted((a, b) => a.cpu - b.cpu) },
      keepsListing: false,
      nodes,
      distances: this.#distances(drafts.map(({ node }) => node)),
      model: undefined,
      warnings: this.#warnings,
    });
  }

  /** All distances between the nodes; undefined where the text has none. */
  #distances(ids: readonly number[]): number[] | undefined {
    if (this.#columns === undefined && this.#rows.size === 0) return undefined;
    const columns = this.#columns ?? ids;
    return ids.flatMap((from) =>
      ids.map((to) => {
        const distance = this.#rows.get(from)?.[columns.indexOf(to)];
        return (
          distance ??
          this.#fail(`no distance from node ${from} to ${to}`, 'one for every two nodes')
        );
      }),
    );
  }
}
