// Words that the terminal and the page use alike: heads of columns, groups of figures, parameters, and the
// command that makes a result again.
import type { Column, ExperimentResult, Figure, Kind } from '../experiments/experiment.ts';

/** What each kind of figure means, in one clause. */
export const kindMeaning: Readonly<Record<Kind, string>> = {
  counted: 'exact: events of the model, counted',
  calibrated: 'fitted to a published figure, so it agrees by construction',
  predicted: 'told by the model from figures that do not know the published one',
};

/** Three lines: the label, the unit, the kind; what the experiment varied is not marked. */
export function columnHead({ label, unit, kind }: Column): string {
  return [label, unit, kind === 'varied' ? '' : kind].join('\n');
}

/** The figures outside the rows, by kind, leaving out kinds without any. */
export function figureGroups(
  result: ExperimentResult,
): readonly { kind: Kind; figures: Readonly<Record<string, Figure>> }[] {
  return (['counted', 'calibrated', 'predicted'] as const)
    .map((kind) => ({ kind, figures: result[kind] }))
    .filter(({ figures }) => Object.keys(figures).length > 0);
}

/** `processCount=20 falseSharing=true`. */
export function paramText(params: ExperimentResult['params']): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

/** What to type to get the same result again. */
export function rerunCommand(result: ExperimentResult): string {
  const { experiment, machine, profile, seed, params } = result;
  return [
    `npx forkless run ${experiment} --machine ${machine} --profile ${profile} --seed ${seed}`,
    ...Object.entries(params).map(([name, value]) => `--set ${name}=${String(value)}`),
  ].join(' ');
}
