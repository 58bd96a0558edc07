import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import {
  formatConsole,
  formatHwlocXml,
  preset,
  presets,
  readHwlocXml,
  readSynthetic,
} from '../../src/index.ts';
import { unpack } from '../../src/node/index.ts';

test.for(presets)('the document of $name is read back as the same document', ({ name }) => {
  const { tree } = preset(name);
  const written = formatHwlocXml(tree);
  const read = readHwlocXml(written);
  expect(read.warnings).toEqual([]);
  expect(formatHwlocXml(read.tree)).toBe(written);
  expect(formatConsole(read.tree)).toBe(formatConsole(tree));
});

const SMALL = formatHwlocXml(readSynthetic('pack:2 [numa(memory=1GiB)] core:2 pu:1').tree);

const cut = (length: number) => SMALL.slice(0, length);
const nested = `${'<object type="Group" cpuset="0x1">'.repeat(5000)}`;

test.for<[what: string, text: string, sentence: RegExp]>([
  ['nothing', '', /expected well-formed XML|found no element/],
  ['half of it', cut(SMALL.length / 2), /line \d+/],
  ['another document', '<svg/>', /found <svg>, expected <topology>/],
  ['another version', '<topology version="1.0"/>', /found version 1.0, expected 2.0 to 3.x/],
  ['no machine', '<topology version="2.0"><object type="PU"/></topology>', /found no Machine/],
  [
    'entities of its own',
    `<!DOCTYPE topology [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${SMALL.slice(SMALL.indexOf('<topology'))}`,
    /declarations in the document type, expected none/,
  ],
  ['an unknown entity', SMALL.replace('Synthetic', '&bomb;'), /line 5.*entity/],
  ['deep nesting', `<topology version="2.0">${nested}`, /nested 200 deep/],
  [
    'overlapping sets',
    SMALL.replace('"0x0000000c"', '"0x0000000f"'),
    /CPUs of an object beside it/,
  ],
  [
    'a node twice',
    SMALL.replaceAll('"0x00000002"', '"0x00000001"').replace(
      'type="NUMANode" os_index="1"',
      'type="NUMANode" os_index="0"',
    ),
    /twice|beside it|another cpuset/,
  ],
  [
    'a set that is none',
    SMALL.replace('cpuset="0x0000000f"', 'cpuset="0xzz"'),
    /line 4: found cpuset="0xzz"/,
  ],
  [
    'an infinite machine',
    SMALL.replace(' cpuset="0x0000000f"', ' cpuset="0xf...f"'),
    /infinite cpuset/,
  ],
  [
    'a billion CPUs',
    SMALL.replace(' cpuset="0x0000000f"', ` cpuset="${'0x1,'.repeat(40_000)}0x1"`),
    /of 40001 words/,
  ],
  [
    'a size that is none',
    SMALL.replace(/local_memory="\d+"/, 'local_memory="much"'),
    /found local_memory="much", expected a number/,
  ],
  [
    'a PU of two CPUs',
    SMALL.replace('type="PU" os_index="0"', 'type="PU" os_index="7"'),
    /PU P#7 with another cpuset/,
  ],
  [
    'a core without a PU',
    SMALL.replace(/<object type="PU"[^>]*\/>/, ''),
    /Core P#0 with CPUs and no PU/,
  ],
])('%s is refused in a sentence', ([, text, sentence]) => {
  expect(() => readHwlocXml(text)).toThrow(ConfigError);
  expect(() => readHwlocXml(text)).toThrow(sentence);
});

test('what hwloc lets pass is let pass with a warning', () => {
  const odd = SMALL.replace('<info name="Backend"', '<future/><info name="Backend"');
  const { warnings, cpus } = readHwlocXml(odd, { name: 'odd.xml' });
  expect(cpus).toEqual([0, 1, 2, 3]);
  expect(warnings).toEqual(['odd.xml, line 5: <future> is left out']);
});

describeRecorded('recorded documents', 'topology', (folder) => {
  const machines = readdirSync(folder).filter((name) =>
    existsSync(join(folder, name, 'expected.xml.gz')),
  );

  test.for(machines)('%s is written as it was read', (name) => {
    const path = join(folder, name, 'expected.xml.gz');
    const text = new TextDecoder().decode(unpack(readFileSync(path), path));
    const written = formatHwlocXml(readHwlocXml(text).tree);
    expect(formatHwlocXml(readHwlocXml(written).tree)).toBe(written);
  });
});
