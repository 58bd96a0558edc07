// The end of a run of several experiments: every published figure beside the modelled one, what does not
// hold first, each marked as counted, calibrated or predicted.
import { showFigure, showPublished } from '../show-value.ts';
import { formatTable } from '../terminal/table.ts';
import type { Colors } from '../terminal/terminal.ts';
import type { Reported } from './page.ts';

/** The table with a line of counts under it, ending with an empty line; within `width` characters where that is known. */
export function showSummary(reported: readonly Reported[], colors: Colors, width?: number): string {
  const rows = reported.flatMap(({ experiment, result }) =>
    result.claims.map((claim) => ({
      ...claim,
      experiment: experiment.name,
      unit: experiment.claims.find(({ id }) => id === claim.id)?.unit,
    })),
  );
  const ordered = rows.toSorted((a, b) => Number(a.holds) - Number(b.holds));
  const holding = rows.filter(({ holds }) => holds).length;
  return [
    colors.bold('What was published, and what the model says'),
    '',
    formatTable(
      [
        { head: '' },
        { head: 'experiment' },
        { head: 'claim' },
        { head: 'published', align: 'right' },
        { head: 'model', align: 'right' },
        { head: 'ratio', align: 'right' },
        { head: 'kind' },
      ],
      ordered.map(({ experiment, holds, id, kind, model, published, ratio, unit }) => [
        holds ? colors.green('holds') : colors.red('does not hold'),
        experiment,
        id,
        showPublished(published, unit),
        showPublished(model, unit),
        ratio === null ? '' : showFigure(ratio),
        kind,
      ]),
      width,
    ),
    '',
    `${holding} of ${rows.length} claims hold. A claim that does not is a finding, not an error.`,
    '',
  ].join('\n');
}
