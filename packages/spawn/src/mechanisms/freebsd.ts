// posix_spawn as FreeBSD's library does it: a vfork that drops the handlers, attributes in the order POSIX
// names them, then the actions; the error lies in a variable of the caller. Signals stay unblocked.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { path } from '@forkless/sim';
import {
  CLONE_FLAGS,
  CLONE_HIGH,
  execveCall,
  FD_CLOEXEC,
  FD_CLOFORK,
  lookupPath,
  PATH_MAX,
  type ArgVector,
} from '@forkless/task';
import { think, type SpawnPart } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import type { SpawnCall } from '../spawn-call.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps } from '../steps/clone-steps.ts';
import { actionsIn, groupFirstIds, lackSteps, only, type Lacks } from '../steps/dialect.ts';
import {
  dialectAction,
  openAndMove,
  plainDup,
  withoutFlags,
  type ActionDialect,
} from '../steps/dialect-actions.ts';
import { dialectExec, type SearchDialect, type SearchTurn } from '../steps/dialect-search.ts';
import { sigdefaultSteps } from '../steps/signal-steps.ts';
import { childSteps } from './child-fails.ts';
import type { Mechanism } from './mechanism.ts';

const VFORK = CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK;
const PATH_DEFAULT = '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin';
const ALL_FLAGS = FD_CLOEXEC | FD_CLOFORK;

/** @see lib/libc/gen/posix_spawn.c of FreeBSD, posix_spawnattr_setflags() */
const LACKS: Lacks = {
  system: 'FreeBSD',
  attributes: { POSIX_SPAWN_SETSID: 'EINVAL', POSIX_SPAWN_SETCGROUP: 'EINVAL' },
  actions: ['tcsetpgrp'],
};

/** What was opened or duplicated is never close-on-exec, whatever the flags of the open said. */
const ACTIONS: ActionDialect = {
  open: (caller, action) =>
    openAndMove(caller, action) ?? withoutFlags(caller, action.fd, ALL_FLAGS),
  dup2: (caller, action) => plainDup(caller, action) ?? withoutFlags(caller, action.to, ALL_FLAGS),
  closeRefuses: false,
  calls: { open: 4, dup2: 2 },
};

/** @see lib/libc/gen/exec.c of FreeBSD, execvPe(); include/paths.h, _PATH_DEFPATH */
const SEARCH: SearchDialect = {
  paths: (name, list) =>
    (list ?? PATH_DEFAULT)
      .split(':')
      .map((element) => `${element === '' ? '.' : element}/${name}`)
      .filter((one) => one.length + 1 <= PATH_MAX),
  after: afterRefusal,
  fails: () => refuse('ENOENT', 'nothing of that name can be executed'),
  loopsOverPaths: true,
};

function afterRefusal(call: SpawnCall, refusal: Refusal, program: string): SearchTurn {
  switch (refusal.errno) {
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'ENOENT':
    case 'ENOTDIR':
      return 'next';
    case 'E2BIG':
    case 'ENOMEM':
    case 'ETXTBSY':
      return refusal;
    case 'ENOEXEC':
      return becomeShell(call, program);
    default:
      // EACCES may be for the directory; only a program that is there was denied.
      if (isRefusal(lookupPath(call.childCaller, program))) return 'next';
      return refusal.errno === 'EACCES' ? 'denied' : refusal;
  }
}

/** What is no program is a script: posix_spawnp runs the shell on it. */
function becomeShell(call: SpawnCall, script: string): Refusal | undefined {
  const { kernel, child, lookup: node, movesTo, request } = call;
  const argv = shellArguments(request.argv, script);
  const asked = { path: '/bin/sh', argv, envp: request.envp };
  const run = execveCall(kernel, child, asked, { node, movesTo });
  if (isRefusal(run.result)) return run.result;
  call.exec = run.call;
  call.killed = run.result === 'killed';
  return undefined;
}

function shellArguments(argv: ArgVector, script: string): ArgVector {
  if (argv === 'fault') return argv;
  const [name = 'sh', ...rest] = argv ?? [];
  return [name, script, ...rest];
}

/** Group, policy, ids, mask, defaults: the order of POSIX's text. */
function attributes(request: SpawnRequest): SpawnPart[] {
  return [
    ...attributeSteps('child', only(request, 'POSIX_SPAWN_SETPGROUP')),
    ...attributeSteps(
      'child',
      only(request, 'POSIX_SPAWN_SETSCHEDULER', 'POSIX_SPAWN_SETSCHEDPARAM'),
    ),
    ...groupFirstIds('child', request),
    ...(sets(request, 'POSIX_SPAWN_SETSIGMASK') ? maskStep('child', request) : []),
    ...sigdefaultSteps('child', request),
  ];
}

/**
 * MODEL: rfork(RFSPAWN) is clone3 with VM, VFORK and CLEAR_SIGHAND, which say the same. The parent waits
 * without blocking for a child that failed; as the child's end is one step here, it is never too early.
 *
 * @see lib/libc/gen/posix_spawn.c of FreeBSD, do_posix_spawn(), process_spawnattr(), process_file_actions_entry()
 * @see sys/kern/kern_fork.c of FreeBSD, sys_rfork(), FR2_DROPSIG_CAUGHT
 */
export const FREEBSD: Mechanism = {
  name: 'freebsd-posix-spawn',
  title:
    'posix_spawn of FreeBSD: a vfork that drops the handlers, the group first and the mask before the actions',
  source: 'lib/libc/gen/posix_spawn.c, FreeBSD main',
  unchecked: "FreeBSD's main branch was read, not run",
  pathFor: (request) =>
    path(
      'freebsd-posix-spawn',
      ...lackSteps(request, LACKS),
      ...think('parent', 'allocate a stack for the child', () => undefined),
      ...cloneSteps('parent', 'rfork', () => ({
        flags: VFORK,
        highFlags: CLONE_HIGH.CLONE_CLEAR_SIGHAND,
      })),
      childSteps(
        think('child', 'leave the error in the shared variable', () => undefined),
        ...attributes(request),
        ...actionsIn(request, LACKS).flatMap((action) => dialectAction('child', action, ACTIONS)),
        ...dialectExec('child', request, SEARCH),
      ),
    ),
};
