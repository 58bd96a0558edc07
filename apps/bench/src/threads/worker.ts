// The entry of a thread of a race.

import { parentPort, workerData } from 'node:worker_threads';
import { findDesign } from '../find-design.ts';
import type { RacePlan } from './race-plan.ts';
import { runRacer } from './racer.ts';

const { plan, worker } = workerData as { plan: RacePlan; worker: number };
void findDesign(plan.design).then((design) => {
  parentPort?.postMessage(runRacer(design, plan, worker), []);
});
