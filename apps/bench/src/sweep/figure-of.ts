// One number out of a result, by a short name, to tell the best of a sweep by.
import { ConfigError } from '@forkless/errors';
import type { ExperimentResult, Published } from '../experiments/experiment.ts';

/** What is to be largest or smallest. */
export interface Objective {
  /** `counted.name`, `calibrated.name`, `predicted.name` or `claims.id`. */
  readonly figure: string;
  readonly isLargest: boolean;
}

const FIGURE = /^(counted|calibrated|predicted|claims)\.(.+)$/;

/** Checks the form of a figure's name. */
export function parseFigure(text: string): string {
  if (FIGURE.test(text)) return text;
  throw new ConfigError(
    `"${text}" names no figure; expected counted.NAME, calibrated.NAME, predicted.NAME or claims.ID.`,
  );
}

/** The number, the middle of a band; undefined if the result has none of that name. */
export function figureOf(result: ExperimentResult, figure: string): number | undefined {
  const [, group, name = ''] = FIGURE.exec(figure) ?? [];
  if (group === 'claims') return toNumber(result.claims.find(({ id }) => id === name)?.model);
  const figures = result[group as 'counted' | 'calibrated' | 'predicted'];
  return Object.hasOwn(figures, name) ? toNumber(figures[name]?.value) : undefined;
}

function toNumber(value: Published | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'object' ? (value[0] + value[1]) / 2 : undefined;
}
