// Real threads, started from the built worker: every shareable design keeps its invariants, a fault is
// seen, and a thread that dies holding a lock is reported.
import { fileURLToPath } from 'node:url';
import { DesignRegistry, PID_DESIGNS } from '@forkless/pid';
import { describe, expect, test } from 'vitest';
import { findDesign } from '../../src/find-design.ts';
import { runRace } from '../../src/threads/run-race.ts';

const workerUrl = new URL('../../dist/threads/worker.js', import.meta.url);
const stranger = fileURLToPath(new URL('always-300.mjs', import.meta.url));
const race = {
  workerCount: 2,
  operationCount: 20_000,
  liveCount: 200,
  end: 30_000,
  seed: 1,
  workerUrl,
};

describe('a race of two threads', () => {
  const shareable = PID_DESIGNS.filter((design) => design.isShareable);

  test.each(shareable.map((design) => [design.name, design] as const))(
    '%s',
    async (name, design) => {
      const { operations, faults } = await runRace(design, { ...race, design: name });
      expect(faults).toEqual([]);
      expect(operations).toBeGreaterThanOrEqual(2 * race.operationCount);
    },
  );

  test('goes on in a space so full that ranges are taken over from each other', async () => {
    const tight = { ...race, end: 1000, liveCount: 300 };
    for (const name of ['range-radix', 'range-lockfree', 'bitmap-shards']) {
      const design = new DesignRegistry().get(name);
      const { faults } = await runRace(design, { ...tight, design: name });
      expect([name, faults]).toEqual([name, []]);
    }
  });

  test('a stranger that hands an id out twice is seen', async () => {
    const { faults } = await runRace(await findDesign(stranger), { ...race, design: stranger });
    expect(faults.join(' ')).toContain('id 300');
  });

  test('a thread that dies with a lock in its hands is reported and not waited for', async () => {
    const design = new DesignRegistry().get('bitmap-hash');
    const { faults } = await runRace(design, { ...race, design: design.name, dyingWorker: 1 });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(
      /^worker 1 ended with code 7 after about \d+ operations, holding lock 0$/,
    );
  });
});

test('what is neither a name nor a module is refused', async () => {
  await expect(findDesign('nothing')).rejects.toThrow('There is no allocator "nothing"');
  await expect(findDesign('./nothing.mjs')).rejects.toThrow('there is no file');
});
