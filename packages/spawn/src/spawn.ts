// Running a mechanism: the steps of its list on the model, at once.

import type { Refusal } from '@forkless/errors';
import { compile, execute, type Program } from '@forkless/sim';
import type { Kernel, Task } from '@forkless/task';
import type { Mechanism } from './mechanisms/mechanism.ts';
import type { SpawnRequest } from './request.ts';
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

const programs = new WeakMap<SpawnRequest, Map<Mechanism, Program<SpawnCall>>>();

/** The compiled list of a mechanism for a request; made once for each request object. */
export function programFor(mechanism: Mechanism, request: SpawnRequest): Program<SpawnCall> {
  let byMechanism = programs.get(request);
  if (byMechanism === undefined) programs.set(request, (byMechanism = new Map()));
  let program = byMechanism.get(mechanism);
  if (program === undefined) {
    program = compile(mechanism.pathFor(request));
    byMechanism.set(mechanism, program);
  }
  return program;
}

/**
 * Makes a child for `parent`. After a refusal no child is left; what actions did before the one that was
 * refused (files they made, say) stays done. Linear in the steps of the list.
 */
export function spawn(
  kernel: Kernel,
  parent: Task,
  mechanism: Mechanism,
  request: SpawnRequest,
): Spawned | SpawnRefusal {
  const call = new SpawnCall(kernel, parent, request);
  const { refusal } = execute(programFor(mechanism, request), call);
  if (refusal !== undefined) return { ...refusal, at: call.failedAt ?? call.maker };
  const { value } = call.pidfd;
  return { child: call.child, pidfd: value < 0 ? undefined : value, killed: call.killed };
}
