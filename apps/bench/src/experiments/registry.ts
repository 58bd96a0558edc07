// The list of all experiments. To add one, import it and put it into the list, in the order in which
// `forkless run all` should run them.
import { allocatorScaling } from './allocator-scaling/allocator-scaling.ts';
import { execScaling } from './exec-scaling/exec-scaling.ts';
import type { Experiment } from './experiment.ts';
import { forkSize } from './fork-size/fork-size.ts';
import { kernelStackCache } from './kernel-stack-cache/kernel-stack-cache.ts';
import { namespaceDepth } from './namespace-depth.ts';
import { numaPlacement } from './numa-placement/numa-placement.ts';
import { pidPredictability } from './pid-predictability.ts';
import { pidmapLock } from './pidmap-lock/pidmap-lock.ts';
import { procWalk } from './proc-walk.ts';
import { slabCalls } from './slab-calls.ts';
import { spawnTemplate } from './spawn-template/spawn-template.ts';
import { toolCall } from './tool-call/tool-call.ts';
import { weightedInterleave } from './weighted-interleave/weighted-interleave.ts';

/** Every experiment the command knows. */
export const experiments: readonly Experiment[] = [
  pidmapLock,
  allocatorScaling,
  namespaceDepth,
  slabCalls,
  procWalk,
  pidPredictability,
  weightedInterleave,
  forkSize,
  spawnTemplate,
  toolCall,
  kernelStackCache,
  execScaling,
  numaPlacement,
];
