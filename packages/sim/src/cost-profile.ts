// What things cost. Counting is exact and knows no costs; time is the count seen through a profile,
// in which every figure has a unit, an interval and a provenance.

import { ConfigError } from '@forkless/errors';
import { nsToPs, type Ps } from './time.ts';

/** Where a figure comes from. A `fitted` one was chosen to reproduce a published number. */
export type Provenance = 'measured' | 'published' | 'estimated' | 'fitted';

/** One constant of a profile with the interval it may plausibly lie in. */
export interface Figure {
  readonly value: number;
  readonly unit: 'ns' | 'ratio' | 'count';
  /** The lowest and highest plausible value, `low ≤ value ≤ high`. */
  readonly low: number;
  readonly high: number;
  readonly provenance: Provenance;
  /** The document, machine and method behind the figure. */
  readonly source: string;
}

/** A named set of figures. Steps name the figures they cost. */
export interface CostProfile {
  readonly name: string;
  readonly description: string;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** The figure of that name; a `ConfigError` names the profile and `where` when it has none. */
export function figureOf(profile: CostProfile, name: string, where: string): Figure {
  const figure = profile.figures[name];
  if (figure === undefined) {
    throw new ConfigError(
      `cost profile '${profile.name}' has no figure '${name}', which ${where} needs`,
    );
  }
  return figure;
}

/** A figure in ns as whole picoseconds. */
export function figurePs(profile: CostProfile, name: string, where: string): Ps {
  const figure = figureOf(profile, name, where);
  if (figure.unit !== 'ns') {
    throw new ConfigError(
      `figure '${name}' of profile '${profile.name}' is in ${figure.unit}, ${where} needs ns`,
    );
  }
  return nsToPs(figure.value);
}

/** A copy of `profile` with some figures' values replaced, each by its name. */
export function withFigures(
  profile: CostProfile,
  values: Readonly<Record<string, number>>,
  provenance?: Provenance,
): CostProfile {
  const figures: Record<string, Figure> = { ...profile.figures };
  for (const [name, value] of Object.entries(values)) {
    const figure = figureOf(profile, name, 'a change of its value');
    figures[name] = { ...figure, value, provenance: provenance ?? figure.provenance };
  }
  return { ...profile, figures };
}

/** Throws a `ConfigError` for the first figure whose interval or value makes no sense. */
export function checkProfile(profile: CostProfile): void {
  for (const [name, { value, low, high, source }] of Object.entries(profile.figures)) {
    const where = `figure '${name}' of cost profile '${profile.name}'`;
    if (![value, low, high].every((number) => Number.isFinite(number) && number >= 0)) {
      throw new ConfigError(
        `${where}: expected finite numbers ≥ 0, got ${low} ≤ ${value} ≤ ${high}`,
      );
    }
    if (low > value || value > high) {
      throw new ConfigError(`${where}: expected low ≤ value ≤ high, got ${low}, ${value}, ${high}`);
    }
    if (source.trim() === '') throw new ConfigError(`${where}: expected a source, got none`);
  }
}
