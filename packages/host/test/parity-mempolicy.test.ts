// The policy a child is given, on the model and on this kernel: the same errno, or the same words in
// numa_maps.
import { readFileSync } from 'node:fs';
import { isRefusal } from '@forkless/errors';
import { createHolder, Numa, policyText, setMempolicy } from '@forkless/mempolicy';
import { createMemory } from '@forkless/mm';
import { readSynthetic } from '@forkless/topology';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capabilities, start, type MemoryPolicy } from '../src/index.ts';
import { maskWords, memoryMode } from '../src/place.ts';

const policyCount = Number(process.env['FORKLESS_FUZZ'] ?? 0) >= 100_000 ? 600 : 80;

const policy: fc.Arbitrary<MemoryPolicy> = fc.record(
  {
    mode: fc.constantFrom(
      'default',
      'preferred',
      'bind',
      'interleave',
      'local',
      'preferred-many',
      'weighted-interleave',
    ),
    nodes: fc.oneof(
      { weight: 3, arbitrary: fc.uniqueArray(fc.nat(2), { maxLength: 3 }) },
      fc.constantFrom([0], [40], [0, 63], [0, 900], [4000]),
    ),
  },
  { requiredKeys: ['mode'] },
);

/** How many nodes there are, if they are numbered without a gap and all have memory. */
function plainNodeCount(): number | undefined {
  const read = (name: string) => readFileSync(`/sys/devices/system/node/${name}`, 'utf8').trim();
  try {
    const [, last = '0'] = /^0(?:-(\d+))?$/.exec(read('has_memory')) ?? [undefined, 'none'];
    return read('has_memory') === read('online') && last !== 'none' ? Number(last) + 1 : undefined;
  } catch {
    return undefined;
  }
}

/** The words for the first mapping, as it has no policy but the task's. */
async function askReal(memory: MemoryPolicy): Promise<string> {
  const child = await start({
    path: '/bin/cat',
    argv: ['cat', '/proc/self/numa_maps'],
    stdio: ['ignore', 'pipe', 'ignore'],
    place: { memory },
  });
  if (!child.ok) return child.errno;
  let text = '';
  for await (const chunk of child.stdio[1]!) text += String(chunk);
  return /^\S+ (.*?) (?:file|anon|heap|stack|mapped|kernelpagesize_kB)\b/.exec(text)?.[1] ?? text;
}

function askModel({ mode, nodes }: MemoryPolicy, nodeCount: number): string {
  const machine = readSynthetic(`numa:${nodeCount} core:1 pu:1`);
  const task = createHolder(new Numa(createMemory(machine)));
  const maxnode = nodes === undefined ? 0 : 32 * maskWords(nodes).length + 1;
  const answer = setMempolicy(task, memoryMode(mode), nodes ?? null, maxnode);
  return isRefusal(answer) ? answer.errno : policyText(task.policy);
}

describe('the model and this kernel', () => {
  test(`answer alike to ${policyCount} memory policies`, async (context) => {
    const { mechanism, reason } = capabilities();
    if (mechanism !== 'clone3') return context.skip(`no child without fork here: ${reason}`);
    const nodeCount = plainNodeCount();
    if (nodeCount === undefined)
      return context.skip('the nodes here have gaps, or none has memory');
    await fc.assert(
      fc.asyncProperty(policy, async (memory) => {
        expect(askModel(memory, nodeCount)).toBe(await askReal(memory));
      }),
      { numRuns: policyCount, seed: 5 },
    );
  });
});
