// Running a mechanism: the steps of its list on the model, at once.

import { isRefusal, type Refusal } from '@forkless/errors';
import { compile, deedOf, perform, type Deed } from '@forkless/sim';
import { watchedPath, type Kernel, type Task } from '@forkless/task';
import type { Mechanism } from './mechanisms/mechanism.ts';
import type { SpawnRequest } from './request.ts';
import { nodeOfPlace, type SpawnOptions } from './place/place.ts';
import { SpawnCall } from './spawn-call.ts';

/** A child that runs its program. */
export interface Spawned {
  readonly child: Task;
  /** The pidfd in the parent, if the mechanism gives one. */
  readonly pidfd: number | undefined;
  /** The program could not be mapped; the child dies of SIGSEGV when it runs. */
  readonly killed: boolean;
}

/** A spawn that was refused, with the step that was. */
export interface SpawnRefusal extends Refusal {
  readonly at: string;
}

const deeds = new WeakMap<SpawnRequest, Map<Mechanism, Deed<SpawnCall>>>();
const AS_IT_IS: SpawnOptions = {};

/** What the list of a mechanism changes for a request; made once for each request object. */
function deedFor(mechanism: Mechanism, request: SpawnRequest): Deed<SpawnCall> {
  let byMechanism = deeds.get(request);
  if (byMechanism === undefined) deeds.set(request, (byMechanism = new Map()));
  let deed = byMechanism.get(mechanism);
  if (deed === undefined) {
    deed = deedOf(compile(mechanism.pathFor(request)));
    byMechanism.set(mechanism, deed);
  }
  return deed;
}

/**
 * Makes a child for `parent`. After a refusal no child is left; what actions did before the one that was
 * refused (files they made, say) stays done. EINVAL for a place that is not there. Linear in the steps of
 * the list, which is made for the first spawn of a request object: a request does not change after that.
 */
export function spawn(
  kernel: Kernel,
  parent: Task,
  mechanism: Mechanism,
  request: SpawnRequest,
  options: SpawnOptions = AS_IT_IS,
): Spawned | SpawnRefusal {
  const target = nodeOfPlace(kernel, parent, request.place, options);
  if (isRefusal(target)) return { ...target, at: 'place' };
  const { objects } = options;
  if (objects !== undefined)
    return spawnWatched(kernel, parent, mechanism, request, options, target);
  const manner = { options: placedBy(mechanism, options), target, keepsWork: false };
  const call = new SpawnCall(kernel, parent, request, manner);
  return answerOf(call, perform(deedFor(mechanism, request), call));
}

/** What the mechanism is for where the options say nothing; a kernel that knows the node wakes there. */
function placedBy({ awareness: own }: Mechanism, options: SpawnOptions): SpawnOptions {
  const awareness = options.awareness ?? own;
  if (awareness === undefined || awareness === 'L0') return options;
  return { ...options, awareness, moves: options.moves ?? 'wake-up' };
}

/** The same, with a word to the ledger for each object. */
function spawnWatched(
  kernel: Kernel,
  parent: Task,
  mechanism: Mechanism,
  request: SpawnRequest,
  options: SpawnOptions,
  target: number,
): Spawned | SpawnRefusal {
  const placed = placedBy(mechanism, options);
  const call = new SpawnCall(kernel, parent, request, {
    options: placed,
    target,
    keepsWork: false,
  });
  const plain = mechanism.pathFor(request);
  const deed = deedOf(
    compile(
      watchedPath(plain, 'clone', ({ running }: SpawnCall) => ({ watch: kernel.objects, running })),
    ),
  );
  placed.objects!.place(placed.awareness ?? 'L0', target);
  kernel.objects = placed.objects;
  try {
    return answerOf(call, perform(deed, call));
  } finally {
    kernel.objects = undefined;
  }
}

function answerOf(call: SpawnCall, refusal: Refusal | undefined): Spawned | SpawnRefusal {
  if (refusal !== undefined) return { ...refusal, at: call.failedAt ?? call.maker };
  call.finish();
  const { value } = call.pidfd;
  return { child: call.child, pidfd: value < 0 ? undefined : value, killed: call.killed };
}
