import { readFileSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatConsole,
  formatHwlocXml,
  formatLscpu,
  formatNumactl,
  type Machine,
  machineToJson,
  preset,
  readHwlocXml,
  readLscpu,
  readLscpuJson,
  readNumactl,
  readSynthetic,
  readSysfs,
  readTar,
} from '../../src/index.ts';
import { FUZZ, SEED } from './arbitrary-machine.ts';

/** Texts that a parser may take for something else. */
const SPITE = [
  '',
  '\0',
  '\n',
  '-1',
  '0x',
  '4294967296',
  '99999999999999999999',
  '1e9',
  'N',
  '0xf...f',
  '&a;',
  '<',
  '>',
  '"',
  '0-',
  ',',
  ':',
  '(',
  '[',
  '\uD800',
  '￿',
];

/** A text with a few pieces cut, doubled, moved or replaced. */
function mutated(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length);
  const edit = fc.record({
    at: place,
    length: fc.integer({ min: 0, max: 40 }),
    from: place,
    insert: fc.oneof(fc.constantFrom(...SPITE), fc.string({ maxLength: 6 })),
    kind: fc.constantFrom('insert', 'cut', 'copy', 'end' as const),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce((all, { at, length, from, insert, kind }) => {
      if (kind === 'end') return all.slice(0, at);
      const piece =
        kind === 'copy' ? text.slice(from, from + length) : kind === 'insert' ? insert : '';
      return all.slice(0, at) + piece + all.slice(at + (kind === 'insert' ? 0 : length));
    }, text),
  );
}

/** A machine may be refused in a sentence; one that is read can be written in every way. */
function survives(read: () => Machine): void {
  let machine: Machine;
  try {
    machine = read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toBe('');
    return;
  }
  if (machine.cpus.length > 32) return;
  formatHwlocXml(machine.tree);
  formatConsole(machine.tree);
  formatNumactl(machine);
  formatLscpu(machine);
  machineToJson(machine);
  for (const { node } of machine.nodes) machine.fallbackOrder(node);
}

const begun = formatHwlocXml(preset('power9-gpu').tree).slice(0, 3000);
const small = formatHwlocXml(readSynthetic('pack:2 [numa(memory=1GiB)] l3:1 core:2 pu:2').tree);
const listed = readSynthetic('pack:2 [numa(memory=64MiB)] l3:2 l2:2 core:1 pu:2');
const rows = JSON.stringify({
  cpus: [{ cpu: 0, core: 0, node: 0, socket: 0, 'l1d:l1i:l2:l3': '0:0:0:0' }],
});
const summary = JSON.stringify({
  lscpu: [
    { field: 'On-line CPU(s) list:', data: '0-3' },
    { field: 'NUMA node0 CPU(s):', data: '0-3' },
  ],
});
const files = new Map(
  JSON.parse(readFileSync(new URL('../recorded/qemu-headless4.json', import.meta.url), 'utf8')) as [
    string,
    string,
  ][],
);
const paths = [...files.keys()];

const readers: readonly (readonly [name: string, inputs: fc.Arbitrary<() => Machine>])[] = [
  [
    'XML',
    fc
      .constantFrom(small, begun)
      .chain(mutated)
      .map((text) => () => readHwlocXml(text)),
  ],
  [
    'synthetic',
    fc
      .constantFrom(
        'pack:2 [numa(memory=1GB)] l3:2 core:2 pu:2(indexes=2*8:1*2)',
        'numa:2 2 2',
        '2 2 2',
      )
      .chain(mutated)
      .map((text) => () => readSynthetic(text)),
  ],
  ['numactl', mutated(formatNumactl(listed)).map((text) => () => readNumactl(text))],
  ['lscpu', mutated(formatLscpu(listed)).map((text) => () => readLscpu(text))],
  [
    'lscpu JSON',
    fc
      .constantFrom(rows, summary)
      .chain(mutated)
      .map((text) => () => readLscpuJson(text)),
  ],
  [
    'sysfs',
    fc
      .constantFrom(...paths)
      .chain((path) =>
        fc.oneof(
          fc.constant<[string, string | undefined]>([path, undefined]),
          mutated(files.get(path)!).map((text): [string, string | undefined] => [path, text]),
        ),
      )
      .map(([path, text]) => () => {
        const changed = new Map(files);
        if (text === undefined) changed.delete(path);
        else changed.set(path, text);
        return readSysfs(changed);
      }),
  ],
];

/** The readers share the runs. */
const runs = Math.max(150, Math.ceil(FUZZ / readers.length));

test.for(readers)(
  'whatever is done to the input of %s, it is read or refused in a sentence',
  { timeout: 300_000 },
  ([, inputs]) => {
    fc.assert(
      fc.property(inputs, (read) => survives(read)),
      { seed: SEED, numRuns: runs },
    );
  },
);

test('no bytes make the archive reader do anything but answer or refuse', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => {
      try {
        readTar(bytes);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
      }
    }),
    { seed: SEED, numRuns: Math.max(150, Math.min(5000, FUZZ)) },
  );
});

test.for<[what: string, text: string]>([
  ['an arity of 10⁹', 'pack:1000000000 pu:1'],
  ['arities whose product is 10¹²', 'pack:10000 core:10000 pu:10000'],
  ['a thousand levels', `${'group:1 '.repeat(1000)}pu:1`],
  ['ten thousand brackets', `pack:1 ${'[numa] '.repeat(10_000)} pu:1`],
  ['an index of 10⁹', 'pu:2(indexes=0,1000000000)'],
  ['a description of a megabyte', '1 '.repeat(500_000)],
])('%s is refused', { timeout: 5000 }, ([, text]) => {
  expect(() => readSynthetic(text)).toThrow(ConfigError);
});
