// What the calls on files need of the process that makes them, taken from its task.

import { RLIMITS, type FsObject, type Looker } from '@forkless/task';
import type { AnonFs, Cred, FilesStruct, FsStruct } from '@forkless/task';
import type { Actor } from './actor.ts';

/** A caller of calls on names and descriptors. */
export interface FileCaller extends Looker {
  readonly cred: Cred;
  readonly fs: FsStruct;
  readonly node: number;
  readonly files: FilesStruct;
  /** The soft RLIMIT_NOFILE. */
  readonly limit: number;
  readonly anon: AnonFs;
  readonly onAlloc?: (object: FsObject, node: number) => void;
}

/** The process as a caller. */
export function callerOf({ task, world }: Actor): FileCaller {
  return {
    cred: task.cred,
    fs: task.fs!,
    node: 0,
    files: task.files!,
    limit: task.group.rlimits[RLIMITS.RLIMIT_NOFILE]!.cur,
    anon: world.tree.anon,
  };
}
