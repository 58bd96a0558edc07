// One recorded machine: its input is read, and everything recorded of it is asked of the model. The
// answers beside the input are opened only to compare.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatList, parseMask } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import {
  countsOf,
  formatConsole,
  formatHwlocXml,
  formatLscpu,
  formatNumactl,
  formatSynthetic,
  type LscpuColumn,
  type Machine,
  readHwlocXml,
  readSysfs,
  readTar,
  type SysfsFiles,
} from '@forkless/topology';
import { unpack } from '@forkless/topology/node';
import { bootOrders, kernelFacts, sysfsFacts, tierFiles, weightFiles } from './kernel-facts.ts';
import { lscpuCaches, lscpuFields } from './lscpu-facts.ts';
import type { FileTally, Tally } from './tally.ts';
import {
  calcFacts,
  depthLines,
  distribFacts,
  machineSets,
  nodesOf,
  restrictFacts,
  treeFacts,
} from './tree-facts.ts';
import { oneBlank } from './vectors.ts';
import { documentFacts } from './xml-facts.ts';

/** A machine's input, read twice: as allowed, and with what its control group forbids. */
interface Recorded {
  readonly machine: Machine;
  readonly whole: Machine;
  readonly files: SysfsFiles | undefined;
}

const LSCPU_COLUMNS: readonly LscpuColumn[] = [
  'CPU',
  'CORE',
  'SOCKET',
  'NODE',
  'BOOK',
  'DRAWER',
  'CACHE',
  'ONLINE',
];

/** Compares everything in a machine's folder. */
export function checkMachine(folder: string, name: string, tally: Tally): void {
  const recorded = readInput(folder);
  checkTruth(recorded, read(join(folder, 'truth.json')), tally.file(`${name}/truth.json`));
  const texts: readonly (readonly [file: string, got: () => string])[] = [
    ['lstopo.console', () => formatConsole(recorded.machine.tree)],
    ['lscpu.p', () => formatLscpu(recorded.whole, LSCPU_COLUMNS)],
    ['guest-lscpu-p.txt', () => formatLscpu(recorded.whole)],
  ];
  for (const [file, got] of texts) {
    if (existsSync(join(folder, file))) {
      tally.file(`${name}/${file}`).lines('line', text(join(folder, file)), got());
    }
  }
  checkNumactl(recorded, join(folder, 'numactl-H.txt'), `${name}/numactl-H.txt`, tally);
  for (const file of ['lscpu.json.gz', 'guest-lscpu-J.json']) {
    checkLscpuJson(recorded, join(folder, file), `${name}/${file}`, tally);
  }
  checkLscpuCaches(recorded, join(folder, 'lscpu-C.json'), `${name}/lscpu-C.json`, tally);
  checkDocument(recorded, join(folder, 'expected.xml.gz'), tally.file(`${name}/expected.xml.gz`));
}

function text(path: string): string {
  return new TextDecoder().decode(unpack(readFileSync(path), path));
}

function read(path: string): Record<string, unknown> {
  return JSON.parse(text(path)) as Record<string, unknown>;
}

function readInput(folder: string): Recorded {
  const tarball = join(folder, 'input.tar.gz');
  if (existsSync(tarball)) {
    const files = readTar(unpack(readFileSync(tarball), tarball), tarball);
    return {
      machine: readSysfs(files),
      whole: readSysfs(files, { includeDisallowed: true }),
      files,
    };
  }
  const path = ['input.xml', 'input.xml.gz']
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
  if (path === undefined)
    throw new ConfigError(`${folder}: found no input.tar.gz and no input.xml, expected one`);
  const document = text(path);
  return {
    machine: readHwlocXml(document, { name: path }),
    whole: readHwlocXml(document, { name: path, includeDisallowed: true }),
    files: undefined,
  };
}

function checkTruth(
  { machine, whole, files }: Recorded,
  truth: Record<string, unknown>,
  tally: FileTally,
): void {
  const { tree } = machine;
  const has = (key: string) => truth[key] !== undefined;
  tally.equal('hwloc', withoutInfos(truth['hwloc']), treeFacts(tree));
  tally.skip('hwloc.infos', 'Compare, "Exactly": infos');
  if (has('hwlocDisallowed')) {
    const got = {
      machine: machineSets(whole.tree),
      counts: countsOf(whole.tree),
      nodes: nodesOf(whole.tree),
    };
    tally.equal('hwlocDisallowed', withoutInfos(truth['hwlocDisallowed']), got);
  }
  tally.equal('hwlocDepths', (truth['hwlocDepths'] as string[]).map(oneBlank), depthLines(tree));
  tally.equal(
    'distrib',
    truth['distrib'],
    distribFacts(tree, Object.keys(truth['distrib'] as object)),
  );
  tally.equal('restrictFirstHalf', truth['restrictFirstHalf'], restrictFacts(tree));
  for (const [cpu, answer] of Object.entries(truth['calc'] as object)) {
    tally.equal(`calc.${cpu}`, answer, calcFacts(tree, Number(cpu)));
  }
  tally.equal('synthetic', truth['synthetic'], formatSynthetic(tree) ?? null);
  if (files !== undefined && has('sysfs')) {
    tally.equal('sysfs', comparableSysfs(truth['sysfs'], whole), sysfsFacts(machine, files));
  }
  if (has('kernel612')) tally.equal('kernel612', truth['kernel612'], kernelFacts(machine));
  if (has('dmesgFallback'))
    tally.equal('dmesgFallback', truth['dmesgFallback'], bootOrders(machine));
  if (has('dmesgNuma')) tally.skip('dmesgNuma', 'Compare, "Exactly": dmesgNuma');
  if (has('guest_memtiers'))
    tally.equal('guest_memtiers', truth['guest_memtiers'], tierFiles(machine));
  if (has('guest_mempolicy'))
    tally.equal('guest_mempolicy', truth['guest_mempolicy'], weightFiles(machine));
}

/** The recording without infos of the machine and of nodes, and without names that only say which type. */
function withoutInfos(recorded: unknown): unknown {
  const { nodes, memattrs, ...rest } = without('infos')(recorded) as Record<string, unknown>;
  const bare = {
    ...rest,
    nodes: (nodes as unknown[]).map(without('infos')),
  };
  if (memattrs === undefined) return bare;
  const attributes = (memattrs as { values: unknown[] }[]).map((attribute) => ({
    ...attribute,
    values: attribute.values.map(without('targetType')),
  }));
  return { ...bare, memattrs: attributes };
}

/** A record less one of its keys. */
function without(key: string): (record: unknown) => object {
  return (record) =>
    Object.fromEntries(Object.entries(record as object).filter(([name]) => name !== key));
}

/**
 * Node texts of sysfs as sets of online CPUs: the two spellings of a node's CPUs are one fact, and old
 * kernels list offline ones too.
 */
function comparableSysfs(recorded: unknown, { tree, cpuWidth }: Machine): unknown {
  if (recorded === null) return null;
  const { node, ...states } = recorded as { node: Record<string, Record<string, unknown>> };
  const nodes = Object.entries(node).map(([id, recordedNode]) => {
    const { cpumap, ...facts } = without('cpulist')(recordedNode) as Record<string, unknown>;
    const map = String(cpumap).replaceAll('\0', '');
    const parsed = parseMask(map, map.split(',').length * 32);
    if (!parsed.ok) return [id, { ...facts, cpus: map }];
    const own = parsed.bitmap.resized(cpuWidth);
    return [id, { ...facts, cpus: formatList(own.and(own, tree.root.cpuset)) }];
  });
  return { ...states, node: Object.fromEntries(nodes) };
}

/** Lines of free memory say how it was at one moment. */
function checkNumactl({ whole }: Recorded, path: string, file: string, tally: Tally): void {
  if (!existsSync(path)) return;
  const steady = (lines: string) =>
    lines
      .split('\n')
      .filter((line) => !/^node \d+ free:/.test(line))
      .join('\n');
  const checks = tally.file(file);
  checks.lines('line', steady(text(path)), steady(formatNumactl(whole)));
  checks.skip('node N free', 'Compare: "free" lines are momentary');
}

function checkLscpuJson({ whole }: Recorded, path: string, file: string, tally: Tally): void {
  if (!existsSync(path)) return;
  const checks = tally.file(file);
  const known = lscpuFields(whole);
  const { lscpu } = read(path) as { lscpu: { field: string; data: string | null }[] };
  const recorded = new Map(lscpu.map(({ field, data }) => [field, data]));
  for (const [field, got] of known) checks.equal(field, recorded.get(field), got);
  for (const field of recorded.keys()) {
    if (!known.has(field))
      checks.skip(
        field,
        'Compare: lscpu.json, fields beyond the topology and counts of cache instances',
      );
  }
}

function checkLscpuCaches({ whole }: Recorded, path: string, file: string, tally: Tally): void {
  if (!existsSync(path)) return;
  const checks = tally.file(file);
  const known = lscpuCaches(whole);
  for (const { name, ...recorded } of (read(path) as { caches: Record<string, unknown>[] })
    .caches) {
    const got = known.get(String(name)) as Record<string, unknown> | undefined;
    for (const key of ['one-size', 'type', 'level', 'coherency-size']) {
      checks.equal(`${String(name)}.${key}`, recorded[key], got?.[key]);
    }
    checks.skip(
      `${String(name)}.all-size`,
      "Compare: lscpu's cache instance counts are odd where sysfs lacks id files",
    );
  }
}

/** Our document, read back, against hwloc's. */
function checkDocument({ machine }: Recorded, path: string, checks: FileTally): void {
  const written = readHwlocXml(formatHwlocXml(machine.tree)).tree;
  checks.equal(
    '',
    documentFacts(readHwlocXml(text(path), { name: path }).tree),
    documentFacts(written),
  );
}
