// What /proc/cpuinfo says of each processor. Every architecture has field names of its own; what is
// kept are the names hwloc gives them.
import { ConfigError } from '@forkless/errors';
import { quote, type FileMap } from './file-map.ts';
import type { Architecture } from './system-info.ts';

type Info = [name: string, value: string];

/** Facts by processor, and those that stand outside the list of processors. */
export interface CpuInfo {
  readonly processors: ReadonlyMap<number, readonly Info[]>;
  readonly global: readonly Info[];
  /** The facts of the processor that is listed first. */
  readonly first: readonly Info[];
}

const PATH = 'proc/cpuinfo';

/** hwloc reads that much of a line. */
const LINE_CHARACTERS_MAX = 127;

/**
 * Reads /proc/cpuinfo; there may be none. O(text).
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, hwloc_linux_parse_cpuinfo()
 */
export function readCpuInfo(files: FileMap, architecture: Architecture): CpuInfo {
  const processors = new Map<number, Info[]>();
  const global: Info[] = [];
  let first: Info[] | undefined;
  let current: Info[] | undefined;
  for (const whole of files.text(PATH)?.split('\n') ?? []) {
    const line = whole.slice(0, LINE_CHARACTERS_MAX);
    if (line === '') current = undefined;
    const match = /^([A-Za-z][^:]*?)[ \t]*:[ \t]*(.*)$/.exec(line);
    if (match === null) continue;
    const [, field, value] = match as unknown as [string, string, string];
    if (field === 'processor') {
      current = [];
      processors.set(processorNumber(value), current);
      first ??= current;
    } else if (value !== '')
      addField(architecture, current ?? global, [field, value], current === undefined);
  }
  return { processors, global, first: first ?? [] };
}

function processorNumber(value: string): number {
  const number = Number.parseInt(value, 10);
  if (Number.isNaN(number)) {
    throw new ConfigError(`${PATH}: found processor ${quote(value)}, expected a number`);
  }
  return number;
}

const FIELDS: Readonly<
  Record<Exclude<Architecture, 'unknown' | 's390'>, Readonly<Record<string, string>>>
> = {
  x86: {
    vendor_id: 'CPUVendor',
    'model name': 'CPUModel',
    model: 'CPUModelNumber',
    'cpu family': 'CPUFamilyNumber',
    stepping: 'CPUStepping',
  },
  ia64: {
    vendor: 'CPUVendor',
    'model name': 'CPUModel',
    model: 'CPUModelNumber',
    family: 'CPUFamilyNumber',
  },
  arm: {
    Processor: 'CPUModel',
    'model name': 'CPUModel',
    'CPU implementer': 'CPUImplementer',
    'CPU architecture': 'CPUArchitecture',
    'CPU variant': 'CPUVariant',
    'CPU part': 'CPUPart',
    'CPU revision': 'CPURevision',
    Hardware: 'HardwareName',
    Revision: 'HardwareRevision',
    Serial: 'HardwareSerial',
  },
  power: {
    cpu: 'CPUModel',
    platform: 'PlatformName',
    model: 'PlatformModel',
    'Board ID': 'PlatformBoardID',
    SVR: 'SystemVersionRegister',
    PVR: 'ProcessorVersionRegister',
  },
};

function addField(architecture: Architecture, infos: Info[], info: Info, isGlobal: boolean): void {
  const [field, value] = info;
  if (architecture === 'unknown' || architecture === 's390') {
    const isModel = /^(?:model name|Processor|chip type|cpu model|cpu)$/i.test(field);
    if (isModel && (field === field.toLowerCase() || /^(?:Processor|cpu)$/i.test(field))) {
      replace(infos, 'CPUModel', value);
    }
    return;
  }
  const name = FIELDS[architecture][field];
  if (name !== undefined) infos.push([name, value]);
  else if (architecture === 'power') addPowerField(infos, info, isGlobal);
}

/** Fields that POWER platforms spell in several ways. */
function addPowerField(infos: Info[], [field, value]: Info, isGlobal: boolean): void {
  if (/^vendor$/i.test(field)) infos.push(['PlatformVendor', value]);
  else if (field === 'Board' || /^machine$/i.test(field)) replace(infos, 'PlatformModel', value);
  else if (/^revision$/i.test(field) || field === 'Hardware rev') {
    infos.push([isGlobal ? 'PlatformRevision' : 'CPURevision', value]);
  }
}

function replace(infos: Info[], name: string, value: string): void {
  const known = infos.find((info) => info[0] === name);
  if (known === undefined) infos.push([name, value]);
  else known[1] = value;
}
