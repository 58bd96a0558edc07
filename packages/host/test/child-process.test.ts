import * as childProcess from 'node:child_process';
import { describe, expect } from 'vitest';
import * as host from '../src/index.ts';
import { testReal } from './real.ts';
import { optionScenarios } from './scenarios-options.ts';
import { streamScenarios } from './scenarios-streams.ts';
import { scenarios } from './scenarios.ts';

describe('a program cannot tell child_process from its replacement by', () => {
  for (const [name, scenario] of Object.entries({
    ...scenarios,
    ...optionScenarios,
    ...streamScenarios,
  })) {
    testReal(name, async () => {
      expect(await scenario(host)).toEqual(await scenario(childProcess));
    });
  }
});
