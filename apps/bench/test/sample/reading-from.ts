// Readings of a machine that costs exactly what a profile says.
import type { CostProfile } from '@forkless/sim';
import type { Reading } from '../../src/host/costs/cost-program.ts';
import type { Parent } from '../../src/host/costs/parent.ts';
import { predictSpawn } from '../../src/host/costs/predict-spawn.ts';

/** A machine that costs what the profile says, `slow` times slower than at its calibration. */
export function readingFrom(profile: CostProfile, parent: Parent, slow = 1): Reading {
  const pace = { near: slow, far: slow, calls: slow };
  const { callNs, totalNs } = predictSpawn(profile, parent, pace);
  const quantity = (p10: number) => ({
    median: p10 * 1.02,
    p10,
    p90: p10 * 1.05,
    min: p10 * 0.98,
    samples: 9,
  });
  const beat = (kind: 'near' | 'far' | 'calls') =>
    slow * profile.figures[`host.beat-${kind}`]!.value;
  return {
    parent,
    call: quantity(callNs),
    total: quantity(totalNs),
    beat: { near: beat('near'), far: beat('far'), calls: beat('calls') },
  };
}
