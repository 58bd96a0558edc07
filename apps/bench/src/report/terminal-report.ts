// The result of an experiment as a person reads it in the terminal: rows, claims and figures, each figure
// marked as counted, calibrated or predicted.
import type {
  ClaimResult,
  Experiment,
  ExperimentResult,
  Figure,
} from '../experiments/experiment.ts';
import { showCell, showFigure, showPublished } from '../show-value.ts';
import { formatTable } from '../terminal/table.ts';
import type { Colors } from '../terminal/terminal.ts';
import { columnHead, figureGroups, paramText } from './labels.ts';

/** The whole text, ending with an empty line; within `width` characters where that is known. */
export function showResult(
  experiment: Experiment,
  result: ExperimentResult,
  colors: Colors,
  width?: number,
): string {
  const { bold, dim } = colors;
  const params = paramText(result.params);
  return [
    `${bold(experiment.name)}  ${experiment.title}`,
    dim(
      `machine ${result.machine} · profile ${result.profile} · seed ${result.seed}${params && ` · ${params}`}`,
    ),
    '',
    showRows(experiment, result, width),
    '',
    ...(result.claims.length === 0 ? [] : [showClaims(experiment, result, colors, width), '']),
    ...figureGroups(result).flatMap(({ kind, figures }) => [
      showFigures(kind, figures, colors, width),
      '',
    ]),
    '',
  ].join('\n');
}

function showRows(
  { columns }: Experiment,
  { rows }: ExperimentResult,
  width: number | undefined,
): string {
  return formatTable(
    columns.map((column) => ({
      head: columnHead(column),
      namesRows: column.kind === 'varied',
      align: rows.every((row) => typeof row[column.key] === 'string') ? 'left' : 'right',
    })),
    rows.map((row) => columns.map(({ key, digits }) => showCell(row[key], digits))),
    width,
  );
}

function showClaims(
  { claims }: Experiment,
  result: ExperimentResult,
  colors: Colors,
  width: number | undefined,
): string {
  const unitOf = (id: string) => claims.find((claim) => claim.id === id)?.unit;
  const verdict = ({ holds }: ClaimResult) =>
    holds ? colors.green('holds') : colors.red('does not hold');
  return formatTable(
    [
      { head: 'claim' },
      { head: 'published', align: 'right' },
      { head: 'model', align: 'right' },
      { head: 'ratio', align: 'right' },
      { head: '' },
      { head: 'kind' },
    ],
    result.claims.map((claim) => [
      claim.id,
      showPublished(claim.published, unitOf(claim.id)),
      showPublished(claim.model, unitOf(claim.id)),
      claim.ratio === null ? '' : showFigure(claim.ratio),
      verdict(claim),
      claim.kind,
    ]),
    width,
  );
}

function showFigures(
  kind: string,
  figures: Readonly<Record<string, Figure>>,
  { dim }: Colors,
  width: number | undefined,
): string {
  return formatTable(
    [{ head: kind }, { head: '', align: 'right' }, { head: '' }],
    Object.entries(figures).map(([name, { value, unit, note }]) => [
      name,
      showPublished(value, unit),
      dim(note),
    ]),
    width,
  );
}
