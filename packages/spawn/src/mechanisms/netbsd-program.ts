// The part of NetBSD's posix_spawn that its caller does before there is a child: finding the program, opening
// and checking it.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { work } from '@forkless/sim';
import {
  componentsOf,
  dPath,
  inodePermission,
  lookupPath,
  PATH_MAX,
  prepareExec,
  RLIMITS,
  type ExecPlan,
} from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import type { SpawnRequest } from '../request.ts';
import { callerOf, type SpawnCall } from '../spawn-call.ts';
import { execName } from '../steps/dialect-search.ts';

const MAY_EXEC = 1;

/** What the caller found before there was a child. */
export interface Prepared {
  readonly program: string;
  readonly plan: ExecPlan;
}

/** posix_spawnp looks in the caller, before the actions, and asks for the first that can be executed. */
export function searchSteps(request: SpawnRequest, found: WeakMap<SpawnCall, string>): SpawnPart[] {
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
export function prepare(call: SpawnCall, name: string): Prepared | Refusal {
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
