// A short recording of our own, so that the view shows something before one is dropped: a shell that
// runs a pipeline of two programs.

/** strace text. */
export const SAMPLE = `300 1795206878.600000 execve("/bin/sh", ["sh", "-c", "ls | wc -l"], 0x7ffd /* 20 vars */) = 0 <0.000400>
300 1795206878.603000 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD) = 301 <0.000210>
300 1795206878.603600 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD) = 302 <0.000200>
301 1795206878.604000 execve("/bin/ls", ["ls"], 0x55c1 /* 20 vars */) = 0 <0.000380>
302 1795206878.604200 execve("/usr/bin/wc", ["wc", "-l"], 0x55c1 /* 20 vars */) = 0 <0.000350>
301 1795206878.607000 exit_group(0) = ?
301 1795206878.607100 +++ exited with 0 +++
302 1795206878.608000 exit_group(0) = ?
302 1795206878.608100 +++ exited with 0 +++
300 1795206878.609000 exit_group(0) = ?
300 1795206878.609100 +++ exited with 0 +++
`;
