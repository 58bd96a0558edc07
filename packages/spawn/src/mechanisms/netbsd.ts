// posix_spawn as NetBSD's kernel does it: the caller opens and checks the program first, then a process is
// made without copying any memory, and a thread of the kernel in it applies attributes and actions and runs
// what was opened. Errors pass through data that both hold.

import { isRefusal } from '@forkless/errors';
import { attempt, change, path, when } from '@forkless/sim';
import { closeFd, dropPlan, forkArgs, setSchedParam, type CloneCall } from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';
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
import { prepare, searchSteps, type Prepared } from './netbsd-program.ts';
import { untilFailure } from './spawn-template.ts';

const WHO = 'kernel for child';

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
