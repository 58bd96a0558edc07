import { describe, expect, test } from 'vitest';
import { createFuzz, savedInputs, tryInput } from '../fuzz/fuzz.mjs';
import { targets } from '../fuzz/targets.mjs';

const RUNS = 200;

describe.each(targets)('$name', (target) => {
  test('answers everything that was saved', () => {
    for (const input of [...target.seeds(), ...savedInputs(target.name)]) {
      expect(tryInput(target, Buffer.from(input)).finding).toBeUndefined();
    }
  });

  test(`answers ${RUNS} bent inputs`, () => {
    const fuzz = createFuzz(target, 1);
    for (let run = 0; run < RUNS; run++) {
      const { finding, input } = fuzz.step();
      expect(finding, input.toString('base64')).toBeUndefined();
    }
  });
});

test('one seed bends the same inputs, and a parser that throws is found', () => {
  const fragile = {
    name: 'fragile',
    seeds: () => ['key=value'],
    run(input: Buffer) {
      if (input.includes('==')) throw new TypeError('cannot read it');
      return 'fine';
    },
  };
  const play = () => {
    const fuzz = createFuzz(fragile, 7);
    return Array.from({ length: 3000 }, () => fuzz.step());
  };
  const played = play();
  const inputs = (steps: ReturnType<typeof play>) =>
    steps.map(({ input }) => input.toString('hex'));
  expect(inputs(played)).toEqual(inputs(play()));
  expect(played.some(({ finding }) => finding?.includes('cannot read it'))).toBe(true);
});
