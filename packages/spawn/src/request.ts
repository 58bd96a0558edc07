// What a program asks for when it wants a child: which program, with what descriptors, under which
// attributes. One request serves every mechanism.

import type { ArgVector, SigSet } from '@forkless/task';
import type { Place } from './place/place.ts';

/** Something done to the child before it runs the program, in the order given. */
export type FileAction =
  | {
      readonly kind: 'open';
      readonly fd: number;
      readonly path: string;
      readonly flags: number;
      readonly mode: number;
    }
  | { readonly kind: 'close'; readonly fd: number }
  | { readonly kind: 'dup2'; readonly fd: number; readonly to: number }
  | { readonly kind: 'chdir'; readonly path: string }
  | { readonly kind: 'fchdir'; readonly fd: number }
  | { readonly kind: 'closefrom'; readonly fd: number }
  | { readonly kind: 'close_range'; readonly fd: number; readonly last: number }
  | { readonly kind: 'tcsetpgrp'; readonly fd: number };

/** Attribute flags. @see spawn.h of glibc; SETCGROUP since 2.39 */
export const POSIX_SPAWN = {
  POSIX_SPAWN_RESETIDS: 0x01,
  POSIX_SPAWN_SETPGROUP: 0x02,
  POSIX_SPAWN_SETSIGDEF: 0x04,
  POSIX_SPAWN_SETSIGMASK: 0x08,
  POSIX_SPAWN_SETSCHEDPARAM: 0x10,
  POSIX_SPAWN_SETSCHEDULER: 0x20,
  POSIX_SPAWN_USEVFORK: 0x40,
  POSIX_SPAWN_SETSID: 0x80,
  POSIX_SPAWN_SETCGROUP: 0x100,
} as const;

/** What the child is like; a field means something only with its flag. */
export interface SpawnAttributes {
  /** Bits of `POSIX_SPAWN`. */
  readonly flags: number;
  /** As a number of the caller's namespace; 0 for a group of the child's own. */
  readonly pgroup?: number;
  readonly sigdefault?: SigSet;
  readonly sigmask?: SigSet;
  readonly policy?: number;
  readonly priority?: number;
  /** Descriptor of the directory of a control group. */
  readonly cgroup?: number;
}

/** A request for a child. */
export interface SpawnRequest {
  /** The program: a path, or with `search` a name to be found. */
  readonly path: string;
  /** The directories to look in, as PATH lists them; null when PATH is not set. */
  readonly search?: string | null;
  readonly argv: ArgVector;
  readonly envp: ArgVector;
  readonly actions?: readonly FileAction[];
  readonly attributes?: SpawnAttributes;
  /** Where the child shall run; where its parent does when left out. */
  readonly place?: Place;
}

/** How an action reads in a list of steps. */
export function showAction(action: FileAction): string {
  switch (action.kind) {
    case 'open':
      return `open ${action.path} as ${action.fd}`;
    case 'dup2':
      return `dup2(${action.fd}, ${action.to})`;
    case 'chdir':
      return `chdir ${action.path}`;
    case 'close_range':
      return `close_range(${action.fd}, ${action.last})`;
    default:
      return `${action.kind}(${action.fd})`;
  }
}

/** Whether a request sets an attribute. */
export function sets({ attributes }: SpawnRequest, name: keyof typeof POSIX_SPAWN): boolean {
  return ((attributes?.flags ?? 0) & POSIX_SPAWN[name]) !== 0;
}
