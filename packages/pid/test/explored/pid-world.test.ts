import { explore } from '@forkless/sim';
import { describe, expect, test } from 'vitest';
import { PID_DESIGNS } from '../../src/designs/builtin-designs.ts';
import { PID_INVARIANTS, pidExploration } from '../../src/explored/pid-world.ts';
import { IdHistory } from '../../src/explored/watched-ids.ts';
import type { PidKernelName } from '../../src/kernel-preset.ts';

const kernels: readonly PidKernelName[] = ['6.18', '7.0'];
const cases = PID_DESIGNS.flatMap((design) => kernels.map((kernel) => ({ design, kernel })));

describe.each(cases)('$design.name, kernel $kernel', ({ design, kernel }) => {
  test.each([
    [2, 2, 1],
    [3, 2, 0],
  ])('%i CPUs × %i operations at level %i: every state holds', (cpus, ops, level) => {
    const found = explore(pidExploration({ design, kernel, cpus, ops, level }), PID_INVARIANTS);
    expect(found.counterExample).toBeUndefined();
    expect([found.isComplete, found.lockCycle, found.unguarded]).toEqual([true, undefined, []]);
  });
});

test('ids that come twice or too early are told by the history', () => {
  const history = new IdHistory();
  history.handedOut(5);
  history.givenBack(5);
  history.handedOut(5);
  expect(history.fault).toBe('id 5 is handed out again too early');
  const twice = new IdHistory();
  twice.handedOut(5);
  twice.handedOut(5);
  expect(twice.fault).toBe('id 5 is handed out while it is live');
  const stray = new IdHistory();
  stray.givenBack(3);
  expect(stray.fault).toBe('id 3 is given back and was not live');
});
