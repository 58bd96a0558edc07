// What surrounds the topology: which kind of processor it is, the size of a page, and the names the
// machine and its kernel go by. The kernel's answer to uname(2) is in no file; hwloc's dumps keep it
// in one of their own.
import type { FileMap } from './file-map.ts';

/** The families of processors whose files differ. */
export type Architecture = 'x86' | 'arm' | 'power' | 's390' | 'ia64' | 'unknown';

/** The system around the processors. */
export interface SystemInfo {
  readonly architecture: Architecture;
  readonly pageBytes: number;
  /** Names and values for the machine, in hwloc's order: firmware first. */
  readonly firmware: readonly (readonly [name: string, value: string])[];
  readonly system: readonly (readonly [name: string, value: string])[];
}

/** Where hwloc's dumps keep what uname(2) said. */
const NOFILE_INFO = 'proc/hwloc-nofile-info';

const UNAME_FIELDS = ['OSName', 'OSRelease', 'OSVersion', 'HostName', 'Architecture'] as const;

/**
 * Reads what surrounds the topology; `machine` is what uname(2) calls the hardware, where the caller
 * knows it.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, hwloc_gather_system_info(), hwloc__get_dmi_id_info()
 */
export function readSystemInfo(files: FileMap, machine: string | undefined): SystemInfo {
  const known = new Map<string, string>();
  for (const line of files.text(NOFILE_INFO)?.split('\n') ?? []) {
    const colon = line.indexOf(': ');
    if (colon > 0) known.set(line.slice(0, colon), line.slice(colon + 2));
  }
  if (machine !== undefined) known.set('Architecture', machine);
  const pageBytes = Number.parseInt(known.get('PageSize') ?? '', 10);
  return {
    architecture: architectureOf(known.get('Architecture') ?? ''),
    pageBytes: pageBytes > 0 ? pageBytes : 4096,
    firmware: readFirmware(files),
    system: UNAME_FIELDS.flatMap((name) => {
      const value = known.get(name) ?? '';
      return value === '' ? [] : [[name, value] as const];
    }),
  };
}

function architectureOf(machine: string): Architecture {
  if (/^(?:x86_64|i.86|k1om)$/.test(machine)) return 'x86';
  if (machine.startsWith('arm')) return 'arm';
  if (/^(?:ppc|power)/.test(machine)) return 'power';
  if (machine.startsWith('s390')) return 's390';
  return machine === 'ia64' ? 'ia64' : 'unknown';
}

/** The file of each name, in the order of the answer. */
const DMI_FILES: readonly (readonly [file: string, name: string])[] = [
  ['product_name', 'DMIProductName'],
  ['product_version', 'DMIProductVersion'],
  ['product_serial', 'DMIProductSerial'],
  ['product_uuid', 'DMIProductUUID'],
  ['board_vendor', 'DMIBoardVendor'],
  ['board_name', 'DMIBoardName'],
  ['board_version', 'DMIBoardVersion'],
  ['board_serial', 'DMIBoardSerial'],
  ['board_asset_tag', 'DMIBoardAssetTag'],
  ['chassis_vendor', 'DMIChassisVendor'],
  ['chassis_type', 'DMIChassisType'],
  ['chassis_version', 'DMIChassisVersion'],
  ['chassis_serial', 'DMIChassisSerial'],
  ['chassis_asset_tag', 'DMIChassisAssetTag'],
  ['bios_vendor', 'DMIBIOSVendor'],
  ['bios_version', 'DMIBIOSVersion'],
  ['bios_date', 'DMIBIOSDate'],
  ['sys_vendor', 'DMISysVendor'],
];

/** hwloc keeps that much of a name. */
const DMI_CHARACTERS_MAX = 63;

function readFirmware(files: FileMap): (readonly [string, string])[] {
  const places = ['sys/devices/virtual/dmi/id', 'sys/class/dmi/id'];
  const directory = places.find((place) => files.hasDirectory(place));
  if (directory === undefined) return [];
  return DMI_FILES.flatMap(([file, name]) => {
    const value = files
      .text(`${directory}/${file}`)
      ?.slice(0, DMI_CHARACTERS_MAX)
      .split('\n', 1)[0];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
}
