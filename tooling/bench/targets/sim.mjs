// The engine with its ledger on beside the obvious one, on processes that think and take one lock.
import { variants } from '../../../packages/sim/bench/lock-workload.mjs';

const EVENTS = 100_000;

/** @param {'engine' | 'object heap'} name @param {number} cpuCount */
const side = (name, cpuCount) => async () => {
  const step = await variants[name](cpuCount);
  return () => step(EVENTS);
};

export const simTargets = [16, 256, 4096].map((cpuCount) => ({
  id: `sim/lock/${cpuCount}`,
  package: 'sim',
  what: `an event of ${cpuCount} CPUs that share a lock`,
  beside: 'an object an event on a binary heap',
  ours: side('engine', cpuCount),
  peer: side('object heap', cpuCount),
  ...(cpuCount === 256 ? { aim: 0.4, quick: true } : {}),
}));
