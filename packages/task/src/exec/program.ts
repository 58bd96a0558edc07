// The program an address space runs: its file, kept from being written while anyone runs it, and its
// picture in memory. Forked address spaces run it too.

import { isRefusal, type Refusal } from '@forkless/errors';
import type { Placer } from '@forkless/mm';
import { inodeOf } from '../files/regular.ts';
import { getFile, putFile, type OpenFile } from '../files/open-file.ts';
import { allowWriteAccess, denyWriteAccess } from '../fs/inode.ts';
import type { AddressSpace, Mm } from '../mm/mm.ts';
import type { PagedSpace } from '../mm/paged-space.ts';
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
 * The memory of a program: it owns the open file of `program` with its denial of writing, and gives both
 * back at its end.
 *
 * @see kernel/fork.c, dup_mm_exe_file(), set_mm_exe_file(), v6.18
 */
export class ProgramSpace implements AddressSpace {
  readonly program: Program;
  readonly memory: PagedSpace;

  constructor(program: Program, memory: PagedSpace) {
    this.program = program;
    this.memory = memory;
  }

  fork(placer: Placer): ProgramSpace | Refusal<'ENOMEM'> {
    const memory = this.memory.fork(placer);
    if (isRefusal(memory)) return memory;
    getFile(this.program.exe);
    denyWriteAccess(inodeOf(this.program.exe));
    return new ProgramSpace(this.program, memory);
  }

  exit(): void {
    this.memory.exit();
    allowWriteAccess(inodeOf(this.program.exe));
    putFile(this.program.exe);
  }
}

/** The program a task's memory belongs to; undefined before the first exec. */
export function programOf(mm: Mm | null): Program | undefined {
  return mm?.space instanceof ProgramSpace ? mm.space.program : undefined;
}
