// The program an address space runs: its file, kept from being written while anyone runs it, and its
// picture in memory. Forked address spaces share it.
import { allowWriteAccess, denyWriteAccess } from '../fs/inode.ts';
import { inodeOf } from '../files/regular.ts';
import type { OpenFile } from '../files/open-file.ts';
import { getFile, putFile } from '../files/open-file.ts';
import type { ArgRun } from './arguments.ts';
import type { LoadedImage } from './image.ts';

/** What is known of a running program from its exec on. */
export interface Program {
  /** `mm->exe_file`. */
  readonly exe: OpenFile;
  readonly image: LoadedImage;
  readonly argv: readonly ArgRun[];
  readonly envp: readonly ArgRun[];
  /** AT_EXECFN of the auxiliary vector. */
  readonly execfn: string;
  /** AT_SECURE of the auxiliary vector. */
  readonly isSecure: boolean;
}

/**
 * One more address space runs it.
 *
 * @see kernel/fork.c, dup_mm_exe_file(), v6.18
 */
export function shareProgram(program: Program): Program {
  getFile(program.exe);
  denyWriteAccess(inodeOf(program.exe));
  return program;
}

/**
 * An address space that ran it is gone.
 *
 * @see kernel/fork.c, set_mm_exe_file(), v6.18
 */
export function dropProgram(program: Program): void {
  allowWriteAccess(inodeOf(program.exe));
  putFile(program.exe);
}
