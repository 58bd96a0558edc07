// The list of all mechanisms. A proposal joins them with a file of its own and a line here.

import { PIDFD_BUILDER, PRISTINE } from './mechanisms/built.ts';
import { CLONE3_EXEC, FORK_EXEC, VFORK_EXEC } from './mechanisms/classic.ts';
import { FREEBSD } from './mechanisms/freebsd.ts';
import { GLIBC_2_36, GLIBC_2_39 } from './mechanisms/glibc.ts';
import { KERNEL_SPAWN_1, KERNEL_SPAWN_2 } from './mechanisms/kernel-spawn.ts';
import { IO_URING_SPAWN, IO_URING_SPAWN_OPS } from './mechanisms/io-uring-spawn.ts';
import type { Mechanism } from './mechanisms/mechanism.ts';
import { MUSL } from './mechanisms/musl.ts';
import { NETBSD, NETBSD_EARLY } from './mechanisms/netbsd.ts';
import { SPAWN_TEMPLATE, TEMPLATE_VARIANTS } from './mechanisms/spawn-template.ts';

/** Every mechanism that answers every request alike, by age. */
export const MECHANISMS: readonly Mechanism[] = [
  FORK_EXEC,
  VFORK_EXEC,
  CLONE3_EXEC,
  GLIBC_2_36,
  GLIBC_2_39,
  KERNEL_SPAWN_1,
  KERNEL_SPAWN_2,
  PIDFD_BUILDER,
  PRISTINE,
];

/** What can be run, printed and compared, but does not promise all that the others do. */
export const APART: readonly Mechanism[] = [SPAWN_TEMPLATE, ...TEMPLATE_VARIANTS];

/**
 * How other libraries and kernels do it, over our kernel; each says what was read. Nothing here was checked
 * against a running system, so that no experiment and no suite of recordings takes them in.
 */
export const FOREIGN_MECHANISMS: readonly Mechanism[] = [
  MUSL,
  FREEBSD,
  NETBSD,
  NETBSD_EARLY,
  IO_URING_SPAWN,
  IO_URING_SPAWN_OPS,
];

/** The mechanism of that name, those that stand apart among them; undefined when there is none. */
export function mechanismNamed(name: string): Mechanism | undefined {
  return [...MECHANISMS, ...APART, ...FOREIGN_MECHANISMS].find(
    (mechanism) => mechanism.name === name,
  );
}
