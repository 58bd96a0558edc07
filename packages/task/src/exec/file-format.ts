// What kind of executable a file is. Reading it takes longer than all else in an exec, so the answer is
// kept with the inode until its content changes.

import { type Refusal } from '@forkless/errors';
import type { Inode } from '../fs/inode.ts';
import { phdrsBytes, readInterpreterName, readProgram, type ElfFile } from './elf.ts';
import { loadImage, type LoadedImage } from './image.ts';
import { firstBytes, readShebang, type Shebang } from './shebang.ts';

/** A script, a program, or why it is neither. */
export interface FileFormat {
  readonly script: Shebang | undefined;
  readonly program: ElfFile | Refusal<'ENOEXEC'>;
  /** Of a program: the interpreter it asks for, if any. */
  readonly interpreter: ReturnType<typeof readInterpreterName>;
  /** Bytes of its program headers. */
  readonly phdrBytes: number;
  /** Images without an interpreter: for tasks that may map below 64 KiB, and for the others. */
  readonly images: Map<boolean, LoadedImage>;
}

/** The format of a regular file. O(1) after the first time. */
export function formatOf(inode: Inode): FileFormat {
  return (inode.format ??= readFormat(inode.content));
}

function readFormat(content: Uint8Array): FileFormat {
  const script = readShebang(firstBytes(content));
  const program = readProgram(content);
  const isProgram = !('ok' in program);
  return {
    script: 'ok' in script ? undefined : script,
    program,
    interpreter: isProgram ? readInterpreterName(content, program.segments) : undefined,
    phdrBytes: isProgram ? phdrsBytes(program) : 0,
    images: new Map(),
  };
}

/** The image of a program that needs no interpreter. O(1) after the first time. */
export function plainImage(inode: Inode, program: ElfFile, hasRawio: boolean): LoadedImage {
  const { images } = formatOf(inode);
  let image = images.get(hasRawio);
  if (image === undefined) {
    image = loadImage({ program, content: inode.content, hasRawio });
    images.set(hasRawio, image);
  }
  return image;
}
