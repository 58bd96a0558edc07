// Every parser, with inputs it understands and what it may answer to one it does not: a refusal, a ConfigError,
// or a result that can be used.
import { ConfigError } from '@forkless/errors';
import { parseHwloc, parseList, parseMask, parseTaskset } from '@forkless/bitmap';
import { Numa, parseTmpfsPolicy } from '@forkless/mempolicy';
import { createMemory } from '@forkless/mm';
import {
  formatHwlocXml,
  formatLscpu,
  formatNumactl,
  formatSynthetic,
  machineToJson,
  preset,
  presets,
  readHwlocXml,
  readLscpu,
  readLscpuJson,
  readNumactl,
  readSynthetic,
  readTar,
} from '@forkless/topology';
import { createReader, detectFormat, StatisticsFold } from '@forkless/trace';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../release/report.mjs';

/**
 * @typedef {{ name: string, seeds: () => readonly (string | Buffer)[], run: (input: Buffer) => string }} FuzzTarget
 *   `run` answers in a few words what came of it, so that a new answer is known for one, and throws only where
 *   we were wrong
 */

const recorded = join(root, 'packages', 'trace', 'test', 'recorded');

/** @param {RegExp} sign */
const logs = (sign) => () =>
  readdirSync(recorded)
    .filter((name) => sign.test(name))
    .flatMap((name) => {
      const lines = readFileSync(join(recorded, name), 'utf8').split('\n');
      return [0, 40, 200, 400].map((from) => lines.slice(from, from + 25).join('\n'));
    });

/** The presets with the fewest CPUs. */
const machines = () =>
  presets
    .map(({ name }) => preset(name))
    .toSorted((a, b) => a.cpus.length - b.cpus.length)
    .slice(0, 2);

const numa = new Numa(createMemory(preset('epyc-2s-nps4')));

/** A refusal in words. @param {unknown} error */
function refusal(error) {
  if (!(error instanceof ConfigError)) throw error;
  return `ConfigError ${error.message
    .replace(/"[^"]*"/g, '""')
    .replace(/[\d]+/g, '0')
    .slice(0, 60)}`;
}

/** @param {(text: string) => string} read @returns {(input: Buffer) => string} */
const text = (read) => (input) => {
  try {
    return read(input.toString('utf8'));
  } catch (error) {
    return refusal(error);
  }
};

/** @param {(text: string) => import('@forkless/topology').Machine} read */
const machine = (read) =>
  text((input) => {
    const found = read(input);
    machineToJson(found);
    return `${found.cpus.length} CPUs, ${found.nodes.length} nodes`;
  });

/** @param {(text: string) => { ok: boolean }} parse */
const bits = (parse) =>
  text((input) => {
    const parsed = /** @type {any} */ (parse(input));
    return parsed.ok ? `weight ${parsed.bitmap.weight()}` : `${parsed.errno}`;
  });

/** @param {'strace' | 'tracepoint' | 'forkstate' | 'ndjson'} format @returns {(input: Buffer) => string} */
const log = (format) => (input) => {
  try {
    const fold = new StatisticsFold();
    const reasons = new Set();
    const reader = createReader(format, {
      onEvent: (event) => fold.take(event),
      onProblem: ({ reason }) => reasons.add(reason.replace(/\d+/g, '0').slice(0, 50)),
    });
    const half = input.length >> 1;
    reader.push(input.subarray(0, half));
    reader.push(input.subarray(half));
    reader.end();
    const { peakLiveProcesses } = fold.end();
    if (!(peakLiveProcesses >= 0)) throw new Error(`${peakLiveProcesses} processes at once`);
    detectFormat(input.toString('latin1'));
    return [...reasons].toSorted().slice(0, 2).join('; ');
  } catch (error) {
    return refusal(error);
  }
};

/** @type {readonly FuzzTarget[]} */
export const parsers = [
  {
    name: 'bitmap-list',
    seeds: () => ['0-3,8-15:2/4', '0,3,5-7\n', 'N-1', 'all'],
    run: bits((input) => parseList(input, 128)),
  },
  {
    name: 'bitmap-mask',
    seeds: () => ['00000000,00003109', 'ff\n'],
    run: bits((input) => parseMask(input, 128)),
  },
  {
    name: 'bitmap-hwloc',
    seeds: () => ['0x00003109', '0xf...f,0x0'],
    run: bits((input) => parseHwloc(input, 128)),
  },
  {
    name: 'bitmap-taskset',
    seeds: () => ['0x3109', 'f'],
    run: bits((input) => parseTaskset(input, 128)),
  },
  {
    name: 'tmpfs-policy',
    seeds: () => ['interleave:0-3', 'prefer=static:1', 'bind=relative:0,2', 'local', 'default'],
    run: text((input) => {
      const policy = parseTmpfsPolicy(numa, input);
      if (policy === null) return 'none';
      return 'errno' in policy ? policy.errno : 'a policy';
    }),
  },
  {
    name: 'topology-synthetic',
    seeds: () => [
      ...machines().map((one) => formatSynthetic(one.tree) ?? ''),
      'pack:2 [numa(memory=8GB)] l3:2 core:4 pu:2',
    ],
    run: machine((input) => readSynthetic(input)),
  },
  {
    name: 'topology-xml',
    seeds: () => machines().map((one) => formatHwlocXml(one.tree)),
    run: machine((input) => readHwlocXml(input)),
  },
  {
    name: 'topology-lscpu',
    seeds: () => machines().map((one) => formatLscpu(one)),
    run: machine((input) => readLscpu(input)),
  },
  {
    name: 'topology-lscpu-json',
    seeds: () => ['{"cpus":[{"cpu":"0","node":"0","socket":"0","core":"0"}]}'],
    run: machine((input) => readLscpuJson(input)),
  },
  {
    name: 'topology-numactl',
    seeds: () => machines().map((one) => formatNumactl(one)),
    run: machine((input) => readNumactl(input)),
  },
  {
    name: 'topology-tar',
    seeds: () => [Buffer.alloc(1536)],
    run: (input) => {
      try {
        return `${readTar(input).size} files`;
      } catch (error) {
        return refusal(error);
      }
    },
  },
  { name: 'trace-strace', seeds: logs(/\.strace\.txt$/), run: log('strace') },
  { name: 'trace-tracepoint', seeds: logs(/\.(perf|ftrace)\.txt$/), run: log('tracepoint') },
  {
    name: 'trace-forkstate',
    seeds: () => ['1660428414951 13367 13367 13597 4100 256 3 407 0 0 0 24 648 366 0 1 1 1 sh'],
    run: log('forkstate'),
  },
  {
    name: 'trace-ndjson',
    seeds: () => [
      '{"forklessTrace":1}\n{"kind":"create","timeNs":0,"tid":1,"child":2,"calledNs":0,"isThread":false,"api":"vfork","flags":""}\n{"kind":"exit","timeNs":9,"tid":2,"code":0}',
    ],
    run: log('ndjson'),
  },
];
