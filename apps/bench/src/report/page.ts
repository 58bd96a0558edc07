// The result of an experiment as one HTML page that needs nothing else: tables first, then plots with the
// published bands drawn in, then where each figure comes from and how to get the same again.
import type {
  ClaimResult,
  Column,
  Experiment,
  ExperimentResult,
  Kind,
  Plot,
  Published,
} from '../experiments/experiment.ts';
import { showCell, showFigure, showPublished } from '../show-value.ts';
import { figureGroups, kindMeaning, paramText, rerunCommand } from './labels.ts';
import { html, Markup, type Insert } from './markup.ts';
import { pageStyle } from './page-style.ts';
import { plotSvg, seriesLook } from './plot-svg.ts';

/** An experiment with what a run of it yielded. */
export interface Reported {
  readonly experiment: Experiment;
  readonly result: ExperimentResult;
}

/** The page of one experiment. It follows from its arguments alone; `version` is that of the command. */
export function reportPage(
  experiment: Experiment,
  result: ExperimentResult,
  version: string,
): string {
  const { name, title } = experiment;
  return document(
    `${name} – Forkless`,
    html`<header>
        <h1>${title}</h1>
        ${setting(experiment, result)}
      </header>
      <main>
        ${experimentSections({ experiment, result })} ${kindsSection()}
        ${rerunSection(result, version)}
      </main>`,
  );
}

/** One page for several experiments: the claims of all of them first, then each with its tables and plots. */
export function wholeReport(reported: readonly Reported[], version: string): string {
  const claims = reported.flatMap(({ result }) => result.claims);
  const contents = reported.map(
    ({ experiment }) => html`<li><a href="#${experiment.name}">${experiment.title}</a></li>`,
  );
  return document(
    'Forkless report',
    html`<header>
        <h1>What was published, and what the model says</h1>
        <p class="faint">${reported.length} experiments. ${verdict(claims)}</p>
      </header>
      <main>
        ${claimsTable(reported.flatMap(({ experiment, result }) => claimRows(experiment, result)))}
        ${kindsSection()}
        <nav aria-label="Experiments">
          <h2>Experiments</h2>
          <ol>
            ${contents}
          </ol>
        </nav>
        ${reported.map(
          (one) =>
            html`<article id="${one.experiment.name}">
              <h2 class="experiment">${one.experiment.title}</h2>
              ${setting(one.experiment, one.result)} ${experimentSections(one)}
              ${rerunSection(one.result, version)}
            </article>`,
        )}
      </main>`,
  );
}

function document(title: string, body: Markup): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Markup(pageStyle)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}

function setting({ name }: Experiment, result: ExperimentResult): Markup {
  return html`<p class="faint">
    Experiment ${name} on machine ${result.machine} with cost profile ${result.profile}, seed
    ${result.seed}. ${verdict(result.claims)}
  </p>`;
}

function experimentSections({ experiment, result }: Reported): Markup {
  return html`${claimsSection(experiment, result)} ${rowsSection(experiment, result)}
  ${figuresSection(result)} ${plotsSection(experiment.plots(result))}`;
}

function verdict(claims: readonly ClaimResult[]): string {
  const holding = claims.filter(({ holds }) => holds).length;
  return claims.length === 0 ? '' : `${holding} of ${claims.length} claims hold.`;
}

function claimsSection(experiment: Experiment, result: ExperimentResult): Markup {
  if (result.claims.length === 0) return html``;
  return html`<section>
    <h2>What was published, and what the model says</h2>
    ${claimsTable(claimRows(experiment, result))}
  </section>`;
}

/** A claim's row, with what it is sorted by. */
interface ClaimRow {
  readonly holds: boolean;
  readonly markup: Markup;
}

function claimRows({ claims }: Experiment, result: ExperimentResult): readonly ClaimRow[] {
  return result.claims.map((row) => {
    const claim = claims.find(({ id }) => id === row.id);
    const unit = claim?.unit ?? '';
    const markup = html`<tr>
      <th scope="row">${claim?.text ?? row.id}<span class="source">${row.source}</span></th>
      <td class="${classOfValue(row.published)}">${showPublished(row.published, unit)}</td>
      <td class="${classOfValue(row.model)}">${showPublished(row.model, unit)}</td>
      <td class="number">${row.ratio === null ? '' : showFigure(row.ratio)}</td>
      <td>
        ${row.holds ? html`<span class="holds">✓ holds</span>` : html`<span class="holds-not">✗ does not hold</span>`}
      </td>
      <td>${kindBadge(row.kind)}</td>
    </tr>`;
    return { holds: row.holds, markup };
  });
}

/** What does not hold is said first. */
function claimsTable(rows: readonly ClaimRow[]): Markup {
  const head = html`<tr>
    <th scope="col">Claim</th>
    <th scope="col" class="number">Published</th>
    <th scope="col" class="number">Model</th>
    <th scope="col" class="number">Ratio</th>
    <th scope="col">Verdict</th>
    <th scope="col">Kind</th>
  </tr>`;
  const ordered = rows.toSorted((a, b) => Number(a.holds) - Number(b.holds));
  return table(
    'Claims',
    head,
    ordered.map(({ markup }) => markup),
  );
}

/** Words may wrap, numbers may not. */
function classOfValue(value: Published): string {
  return typeof value === 'string' ? 'words' : 'number';
}

function rowsSection({ columns }: Experiment, { rows }: ExperimentResult): Markup {
  const classOf = ({ key }: Column) =>
    rows.every((row) => typeof row[key] === 'string') ? '' : 'number';
  const head = html`<tr>
    ${columns.map(
      (column) =>
        html`<th scope="col" class="${classOf(column)}">
          ${column.label}${column.unit === '' ? '' : html`<span class="unit">${column.unit}</span>`}${column.kind === 'varied' ? '' : html` ${kindBadge(column.kind)}`}
        </th>`,
    )}
  </tr>`;
  const body = rows.map(
    (row) =>
      html`<tr>
        ${columns.map((column) => html`<td class="${classOf(column)}">${showCell(row[column.key], column.digits)}</td>`)}
      </tr>`,
  );
  return html`<section>
    <h2>Results</h2>
    ${table('Results', head, body)}
  </section>`;
}

function figuresSection(result: ExperimentResult): Markup {
  const rows = figureGroups(result).flatMap(({ kind, figures }) =>
    Object.entries(figures).map(
      ([name, { value, unit, note }]) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td class="number">${showPublished(value, unit)}</td>
          <td>${kindBadge(kind)}</td>
          <td>${note}</td>
        </tr>`,
    ),
  );
  if (rows.length === 0) return html``;
  const head = html`<tr>
    <th scope="col">Figure</th>
    <th scope="col" class="number">Value</th>
    <th scope="col">Kind</th>
    <th scope="col">How it came about</th>
  </tr>`;
  return html`<section>
    <h2>Figures</h2>
    ${table('Figures', head, rows)}
  </section>`;
}

function plotsSection(plots: readonly Plot[]): Markup {
  if (plots.length === 0) return html``;
  return html`<section>
    <h2>Plots</h2>
    <p class="faint">Red is what was published, drawn in beside what the model says.</p>
    ${plots.map(plotFigure)}
  </section>`;
}

function plotFigure(plot: Plot): Markup {
  const legend = plot.series.map(({ name }, index) => {
    const { color, symbol } = seriesLook(index);
    return html`<li><span style="color: ${color}" aria-hidden="true">${symbol}</span> ${name}</li>`;
  });
  return html`<figure>
    <figcaption>${plot.title}</figcaption>
    <ul class="legend">
      ${legend}
    </ul>
    ${scroll(plot.title, new Markup(plotSvg(plot)))}
    <p>${plot.note}</p>
  </figure>`;
}

function kindsSection(): Markup {
  const kinds = Object.entries(kindMeaning) as [Kind, string][];
  return html`<section>
    <h2>Kinds of figures</h2>
    <dl>
      ${kinds.map(
        ([kind, meaning]) =>
          html`<dt>${kindBadge(kind)}</dt>
            <dd>${meaning}</dd>`,
      )}
    </dl>
  </section>`;
}

function rerunSection(result: ExperimentResult, version: string): Markup {
  const params = paramText(result.params);
  return html`<section>
    <h2>Where this comes from</h2>
    <dl>
      <dt>Made by</dt>
      <dd>forkless ${version}</dd>
      <dt>Machine</dt>
      <dd>${result.machine} (preset)</dd>
      <dt>Cost profile</dt>
      <dd>${result.profile}</dd>
      <dt>Seed</dt>
      <dd>${result.seed}</dd>
      <dt>Parameters</dt>
      <dd>${params === '' ? 'none' : params}</dd>
    </dl>
    <p>To get the same result again, byte for byte:</p>
    <pre tabindex="0"><code>${rerunCommand(result)}</code></pre>
  </section>`;
}

function kindBadge(kind: Kind): Markup {
  return html`<span class="kind kind-${kind}">${kind}</span>`;
}

function table(label: string, head: Insert, rows: Insert): Markup {
  return scroll(
    label,
    html`<table>
      <thead>
        ${head}
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  );
}

/** Content that may be wider than a phone scrolls by itself, by keyboard too. */
function scroll(label: string, content: Markup): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    ${content}
  </div>`;
}
