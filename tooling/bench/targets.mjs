// Everything whose speed is promised or watched: what, beside which peer, and what was aimed at. A target is
// a ratio of two pieces of work in one run; one marked `quick` is among those that CI guards.
import { bitmapTargets } from './targets/bitmap.mjs';
import { memoryTargets } from './targets/memory.mjs';
import { pidTargets } from './targets/pid.mjs';
import { simTargets } from './targets/sim.mjs';
import { spawnTargets } from './targets/spawn.mjs';
import { topologyTargets } from './targets/topology.mjs';
import { traceTargets } from './targets/trace.mjs';
import { xarrayTargets } from './targets/xarray.mjs';

/** @type {readonly import('./load-targets.mjs').Target[]} */
export const targets = [
  ...bitmapTargets,
  ...xarrayTargets,
  ...pidTargets,
  ...simTargets,
  ...topologyTargets,
  ...memoryTargets,
  ...spawnTargets,
  ...traceTargets,
];
