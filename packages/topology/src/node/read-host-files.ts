// The files of the machine this program runs on, with what the kernel tells a process and no file.
import { readFileSync } from 'node:fs';
import { hostname, machine, release, type, version } from 'node:os';
import { readDirectory } from './read-directory.ts';

const AT_PAGESZ = 6n;

/** Files for `readSysfs()` of this machine; a Linux is expected. */
export function readHostFiles(): Map<string, string> {
  const files = readDirectory('/');
  const facts = {
    OSName: type(),
    OSRelease: release(),
    OSVersion: version(),
    HostName: hostname(),
    Architecture: machine(),
    PageSize: String(pageBytes()),
  };
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}\n`);
  return files.set('proc/hwloc-nofile-info', lines.join(''));
}

/** @see getauxval(3), AT_PAGESZ */
function pageBytes(): number {
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // A process that may not read its own vector runs on pages of the usual size.
  }
  return 4096;
}
