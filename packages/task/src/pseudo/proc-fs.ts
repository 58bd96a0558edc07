// The part of /proc that bears on making processes: the settings under /proc/sys, as a pid namespace has
// them.

import { refuse } from '@forkless/errors';
import { lastPid, pidMaxBounds, setLastPid, type PidNamespace } from '@forkless/pid';
import { createSuperBlock, type SuperBlock } from '../fs/super-block.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { NR_OPEN } from '../limits/rlimit.ts';
import {
  addControlFile,
  addDirectory,
  controlFileSystem,
  type ControlFile,
} from './control-files.ts';

const PROC = controlFileSystem('proc');

const fixed = (text: string): ControlFile => ({ read: () => text });

function numberFile(
  read: () => number,
  write: (value: number) => ReturnType<NonNullable<ControlFile['write']>>,
): ControlFile {
  return {
    read: () => `${read()}\n`,
    write(text) {
      const word = text.trim();
      return /^\d+$/.test(word) ? write(Number(word)) : refuse('EINVAL', `'${word}' is no number`);
    },
  };
}

/**
 * A /proc of a pid namespace. `kernel/pid_max` goes from just above the reserved numbers to the largest
 * there is, `kernel/ns_last_pid` says which number was given out last.
 * @see kernel/pid.c, proc_do_... of pid_max; kernel/pid_namespace.c, pid_ns_ctl_handler(), v6.18
 */
export function procFileSystem(kernel: Kernel, namespace: PidNamespace): SuperBlock {
  const sb = createSuperBlock(PROC, 0o555);
  const sys = addDirectory(sb.root, 'sys');
  const forKernel = addDirectory(sys, 'kernel');
  const forFiles = addDirectory(sys, 'fs');
  addControlFile(forKernel, 'core_pattern', fixed('core\n'));
  addControlFile(forKernel, 'pid_max', pidMaxFile(kernel, namespace));
  addControlFile(
    forKernel,
    'ns_last_pid',
    numberFile(
      () => lastPid(namespace),
      (value) => setLastPid(namespace, value),
    ),
  );
  addControlFile(forFiles, 'suid_dumpable', fixed('0\n'));
  addControlFile(forFiles, 'nr_open', fixed(`${NR_OPEN}\n`));
  return sb;
}

function pidMaxFile(kernel: Kernel, namespace: PidNamespace): ControlFile {
  const { min, max } = pidMaxBounds(kernel.possibleCpuCount);
  return numberFile(
    () => namespace.pidMax,
    (value) => {
      if (value < min || value > max) return refuse('EINVAL', `pid_max is from ${min} to ${max}`);
      namespace.pidMax = value;
      return undefined;
    },
  );
}
