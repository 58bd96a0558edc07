// posix_spawn as NetBSD's kernel does it: the caller opens and checks the program first, then a process is
// made without copying any memory, and a thread of the kernel in it applies attributes and actions and runs
// what was opened. Errors pass through data that both hold.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { attempt, change, path, when, work } from '@forkless/sim';
import {
  closeFd,
  componentsOf,
  dPath,
  dropPlan,
  forkArgs,
  inodePermission,
  lookupPath,
  PATH_MAX,
  prepareExec,
  RLIMITS,
  setSchedParam,
  type CloneCall,
  type ExecPlan,
} from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import { callerOf, type SpawnCall, type StepAnswer } from '../spawn-call.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { changedCloneSteps, type StageChanges } from '../steps/clone-steps.ts';
import { actionsIn, groupFirstIds, lackSteps, only, type Lacks } from '../steps/dialect.ts';
import {
  dialectAction,
  openAndMove,
  plainDup,
  type ActionDialect,
} from '../steps/dialect-actions.ts';
import { execName } from '../steps/dialect-search.ts';
import { becomeProgram, execWork } from '../steps/exec-steps.ts';
import { sigdefaultSteps } from '../steps/signal-steps.ts';
import { kernelChildSteps } from './child-fails.ts';
import type { Mechanism } from './mechanism.ts';
import { untilFailure } from './spawn-template.ts';

const WHO = 'kernel for child';
const MAY_EXEC = 1;

/** MODEL: flags that its header does not define are refused; the kernel never looks at unknown bits. */
const LACKS: Lacks = {
  system: 'NetBSD',
  attributes: { POSIX_SPAWN_SETSID: 'EINVAL', POSIX_SPAWN_SETCGROUP: 'EINVAL' },
  actions: ['closefrom', 'tcsetpgrp'],
};

/** A duplicate onto itself keeps its close-on-exec mark, and what is closed must be open. */
const ACTIONS: ActionDialect = {
  open: (caller, action) => {
    closeFd(caller.files, action.fd);
    return openAndMove(caller, action);
  },
  dup2: plainDup,
  closeRefuses: true,
  calls: { open: 1, dup2: 1 },
};

/** What the caller found before there was a child. */
interface Prepared {
  readonly program: string;
  readonly plan: ExecPlan;
}

/**
 * MODEL: a lock that the child may not get, so that it keeps its caller waiting, is always free here.
 *
 * @see sys/kern/kern_exec.c of NetBSD, do_posix_spawn(), spawn_return(), handle_posix_spawn_attrs(), handle_posix_spawn_file_actions()
 * @see lib/libc/gen/posix_spawnp.c of NetBSD, 1.4
 */
function netbsd(name: string, title: string, returnsError: boolean): Mechanism {
  return {
    name,
    title,
    source: 'sys/kern/kern_exec.c, NetBSD 10',
    unchecked: "NetBSD's sources were read, not run",
    pathFor: (request) => path(name, ...spawnSteps(request, returnsError)),
  };
}

/** With POSIX_SPAWN_RETURNERROR, a flag of its own: the caller waits, and learns every error. */
export const NETBSD: Mechanism = netbsd(
  'netbsd-posix-spawn',
  'posix_spawn in the kernel of NetBSD, with RETURNERROR: the caller waits until the program runs',
  true,
);

/** As it is without the flag: who asks for no group is let go at once, and errors are exit status 127. */
export const NETBSD_EARLY: Mechanism = netbsd(
  'netbsd-posix-spawn-early',
  'the same without RETURNERROR: the caller is let go at once, what fails after that is exit status 127',
  false,
);

function spawnSteps(request: SpawnRequest, returnsError: boolean): SpawnPart[] {
  const found = new WeakMap<SpawnCall, string>();
  const made = new WeakMap<SpawnCall, Prepared>();
  const drop = change('let go of the program', (call: SpawnCall) => dropPlan(made.get(call)!.plan));
  const waits = returnsError || sets(request, 'POSIX_SPAWN_SETPGROUP');
  const child = childWork(request, (call) => made.get(call)!.program);
  return [
    ...lackSteps(request, LACKS),
    ...searchSteps(request, found),
    ...step('parent', 'posix_spawn', () => undefined),
    ...step('kernel for parent', 'count one more process', countProcess),
    ...step('kernel for parent', execName(request), (call) => {
      const prepared = prepare(call, found.get(call) ?? request.path);
      if (isRefusal(prepared)) return prepared;
      made.set(call, prepared);
      return undefined;
    }),
    attempt(
      'the program',
      [
        ...changedCloneSteps('kernel for parent', 'make a process', () => ({}), EMPTY_MEMORY),
        ...(waits ? waited(child) : letGo(child)),
      ],
      [drop],
    ),
    drop,
  ];
}

function waited(child: readonly SpawnPart[]): SpawnPart[] {
  return [
    // MODEL: nothing that was read waits for a child that failed; here it is, so that a refusal leaves none.
    kernelChildSteps(...child),
    ...step(WHO, 'tell the caller', () => undefined),
  ];
}

function letGo(child: readonly SpawnPart[]): SpawnPart[] {
  return [
    ...step(WHO, 'let the caller go', () => undefined),
    ...untilFailure(child),
    when(
      'the child has failed',
      ({ childError }: SpawnCall) => childError !== undefined,
      ...step(WHO, 'exit 127', (call) => call.childExits()),
    ),
  ];
}

/** The limit is looked at before the program is. */
function countProcess(call: SpawnCall): StepAnswer {
  const { clone } = call;
  clone.begin(call.parent, forkArgs());
  const refused = clone.copyCreds() ?? clone.checkTaskCount();
  clone.dropCreds();
  return refused;
}

/** MODEL: its empty address space is none at all. */
const EMPTY_MEMORY: StageChanges = {
  memory: {
    steps: [
      change('an empty memory', ({ parts }: CloneCall) => {
        parts.mm = null;
      }),
    ],
    undo: [],
  },
};

/** posix_spawnp looks in the caller, before the actions, and asks for the first that can be executed. */
function searchSteps(request: SpawnRequest, found: WeakMap<SpawnCall, string>): SpawnPart[] {
  const { path: name, search } = request;
  if (search === undefined || name.includes('/')) return [];
  const paths = (search ?? '/usr/bin:/bin:/usr/pkg/bin:/usr/local/bin')
    .split(':')
    .map((element) => `${element === '' ? '.' : element}/${name}`)
    .filter((one) => one.length + 1 <= PATH_MAX);
  return [
    ...step(
      'parent',
      execName(request),
      (call) => {
        let first: Refusal | undefined;
        for (const one of paths) {
          const refused = access(call, one);
          if (refused === undefined) {
            found.set(call, one);
            return undefined;
          }
          first ??= refused;
        }
        return first ?? refuse('ENOENT', 'PATH names no directory');
      },
      paths.length,
    ),
    work(
      'walk to each',
      'path.component',
      paths.reduce((sum, one) => sum + componentsOf(one), 0),
    ),
  ];
}

/** access(2) for execution. MODEL: by the effective ids, which are the real ones of an ordinary caller. */
function access({ parent, lookup }: SpawnCall, name: string): Refusal | undefined {
  const caller = callerOf(parent, lookup);
  const place = lookupPath(caller, name);
  if (isRefusal(place)) return place;
  const { inode } = place.dentry;
  if (inode === null) return refuse('ENOENT', 'it is not there');
  return inodePermission(caller.cred, inode, MAY_EXEC) ?? undefined;
}

/**
 * The caller opens the program, reads its head and copies the arguments.
 *
 * MODEL: what is kept is the file, so that nobody writes to it; the child looks again, by the name as its
 * caller understood it, where NetBSD runs what was opened.
 */
function prepare(call: SpawnCall, name: string): Prepared | Refusal {
  const { parent, request, lookup } = call;
  const caller = callerOf(parent, lookup);
  const opener = {
    ...caller,
    noNewPrivs: parent.noNewPrivs,
    stackLimit: parent.group.rlimits[RLIMITS.RLIMIT_STACK]!.cur,
    sharesFs: false,
    isOverNproc: () => false,
  };
  const { argv, envp } = request;
  const plan = prepareExec(opener, { path: name, argv, envp });
  if (plan === 'checked') return refuse('EINVAL', 'only a check');
  if (isRefusal(plan)) return plan;
  const { pwd, root } = caller.fs;
  return { program: name.startsWith('/') ? name : `${dPath(pwd, root)}/${name}`, plan };
}

function childWork(request: SpawnRequest, programOf: (call: SpawnCall) => string): SpawnPart[] {
  return [
    ...attributeSteps(WHO, only(request, 'POSIX_SPAWN_SETPGROUP')),
    ...schedulingSteps(request),
    ...groupFirstIds(WHO, request),
    ...(sets(request, 'POSIX_SPAWN_SETSIGMASK') ? maskStep(WHO, request) : []),
    ...sigdefaultSteps(WHO, request),
    ...actionsIn(request, LACKS).flatMap((action) => dialectAction(WHO, action, ACTIONS)),
    ...step(WHO, 'run the program', (call) => becomeProgram(call, programOf(call))),
    ...execWork(),
  ];
}

/** A policy is the child's; a bare priority, as the source stands, becomes the caller's. */
function schedulingSteps(request: SpawnRequest): SpawnPart[] {
  if (sets(request, 'POSIX_SPAWN_SETSCHEDULER')) {
    return attributeSteps(WHO, only(request, 'POSIX_SPAWN_SETSCHEDULER'));
  }
  if (!sets(request, 'POSIX_SPAWN_SETSCHEDPARAM')) return [];
  const { priority = 0 } = request.attributes ?? {};
  return step(WHO, 'priority', ({ parent }) => setSchedParam(parent, priority));
}
