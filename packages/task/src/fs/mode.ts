// The type and permission bits of a file mode, and what a walk may ask of an inode.

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IXGRP = 0o0010;
/** Any of the three execute bits. */
export const S_IXUGO = 0o0111;
/** All bits chmod(2) can set. */
export const S_IALLUGO = 0o7777;

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;

/** Whether `mode` is of type `type`, one of the S_IF constants. */
export function isType(mode: number, type: number): boolean {
  return (mode & S_IFMT) === type;
}
