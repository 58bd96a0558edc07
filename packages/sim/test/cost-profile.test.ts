import { ConfigError } from '@forkless/errors';
import { expect, test } from 'vitest';
import { checkProfile, figurePs, SERVER_2025, withFigures } from '../src/index.ts';
import { testProfile } from './profile.ts';

test('a figure in ns becomes whole picoseconds', () => {
  expect(figurePs(testProfile({ walk: 1.2345 }), 'walk', 'a test')).toBe(1235);
});

test('a figure of another unit is refused where a time is needed', () => {
  expect(() => figurePs(testProfile({}), 'lock.ticket-share', 'a test')).toThrow(ConfigError);
});

test('a changed figure keeps its interval and can change its provenance', () => {
  const changed = withFigures(testProfile({ walk: 5 }), { walk: 6 }, 'fitted');
  expect(changed.figures['walk']).toMatchObject({
    value: 6,
    low: 5,
    high: 5,
    provenance: 'fitted',
  });
  expect(() => withFigures(testProfile({}), { nothing: 1 })).toThrow(ConfigError);
});

test('a profile whose intervals make no sense is refused', () => {
  const profile = testProfile({ walk: 5 });
  const walk = profile.figures['walk']!;
  checkProfile(profile);
  for (const wrong of [{ low: 6 }, { high: 4 }, { value: Number.NaN }, { source: ' ' }]) {
    expect(() => checkProfile({ ...profile, figures: { walk: { ...walk, ...wrong } } })).toThrow(
      ConfigError,
    );
  }
});

test('the profile that ships makes sense', () => {
  checkProfile(SERVER_2025);
});
