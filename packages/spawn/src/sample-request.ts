// The request that stands for all others where a path is printed: a program with its output into a pipe,
// nothing else open, in a group of its own.

import { POSIX_SPAWN, type SpawnRequest } from './request.ts';

/** `rg` as an agent runs it: output into a pipe, no other descriptor, a group of its own. */
export const SAMPLE_REQUEST: SpawnRequest = {
  path: '/usr/bin/rg',
  argv: ['rg', 'fork'],
  envp: ['PATH=/usr/bin'],
  actions: [
    { kind: 'dup2', fd: 5, to: 1 },
    { kind: 'closefrom', fd: 3 },
  ],
  attributes: { flags: POSIX_SPAWN.POSIX_SPAWN_SETPGROUP, pgroup: 0 },
};
