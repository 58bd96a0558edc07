// The two forms of a policy as a program would write them, and their outcome as files.
import { MPOL_ARGS_SIZE_VER1 } from '@forkless/mempolicy';
import { csvOf } from '../../export/csv.ts';
import { INK, rect, svgDocument, text } from '../../export/svg.ts';
import {
  weightVector,
  type PolicyComparison,
  type PolicyOutcome,
  type PolicyTry,
} from './policy-run.ts';

const WEIGHTED = 'WEIGHTED_INTERLEAVE';
const set = (numbers: readonly number[]) => `{${numbers.join(',')}}`;

/** The calls of today, one a line. */
export function oldCalls(asked: PolicyTry): string {
  const { mode, modeFlag, nodes, homeNode, pageCount } = asked;
  const word = modeFlag === 'none' ? `MPOL_${mode}` : `MPOL_${mode} | MPOL_F_${modeFlag}`;
  const bytes = pageCount * 4096;
  return [
    ...(mode === WEIGHTED ? sysfsLines(asked.weights) : []),
    `mbind(p, ${bytes}, ${word}, ${set(nodes)}, 1025, 0);`,
    ...(homeNode < 0 ? [] : [`set_mempolicy_home_node(p, ${bytes}, ${homeNode}, 0);`]),
    ...laterLines(asked),
  ].join('\n');
}

/** The proposed call with its struct. */
export function newCall(asked: PolicyTry): string {
  const { mode, modeFlag, nodes, homeNode, pageCount } = asked;
  return [
    'struct mpol_args args = {',
    `  .mode = MPOL_${mode},`,
    ...(modeFlag === 'none' ? [] : [`  .mode_flags = MPOL_F_${modeFlag},`]),
    ...(homeNode < 0 ? [] : [`  .home_node = ${homeNode},`]),
    `  .pol_maxnodes = 1024, .pol_nodes = ${set(nodes)},`,
    ...(mode === WEIGHTED ? [`  .il_weights = ${set(weightVector(asked))},`] : []),
    '};',
    `mbind2(p, ${pageCount * 4096}, &args, ${MPOL_ARGS_SIZE_VER1}, ${homeNode < 0 ? '0' : 'MPOL_MF_HOME_NODE'});`,
    ...laterLines(asked),
  ].join('\n');
}

function laterLines({ mode, laterWeights, cpuset }: PolicyTry): readonly string[] {
  return [
    ...(mode === WEIGHTED ? sysfsLines(laterWeights) : []),
    ...(cpuset.length === 0 ? [] : [`# echo ${cpuset.join(',')} > cpuset.mems`]),
  ];
}

const sysfsLines = (weights: Readonly<Record<number, number>>) =>
  Object.entries(weights).map(
    ([node, weight]) =>
      `# echo ${weight} > /sys/kernel/mm/mempolicy/weighted_interleave/node${node}`,
  );

/** A row a page: where each form put it, and why. */
export function policyCsv(comparison: PolicyComparison): string {
  const old = pagesOf(comparison.old);
  const proposed = pagesOf(comparison.new);
  const rows = Array.from({ length: Math.max(old.length, proposed.length) }, (_, page) => [
    page,
    old[page]?.node ?? '',
    proposed[page]?.node ?? '',
    old[page]?.rule ?? '',
    proposed[page]?.rule ?? '',
  ]);
  return csvOf([
    ['page', 'node by mbind', 'node by mbind2', 'rule of mbind', 'of mbind2'],
    ...rows,
  ]);
}

const CELL = 22;
const COLUMNS = 32;

/** The pages of both forms as boxes coloured by node. */
export function policySvg(comparison: PolicyComparison): string {
  const forms = [
    ['mbind', comparison.old],
    ['mbind2', comparison.new],
  ] as const;
  const rows = Math.ceil(Math.max(...forms.map(([, one]) => pagesOf(one).length)) / COLUMNS);
  const high = 30 + Math.max(1, rows) * CELL;
  const drawn = forms.flatMap(([name, outcome], at) => {
    const top = at * high + 24;
    return [
      text(0, top - 8, 'refused' in outcome ? `${name}: ${outcome.refused}` : name),
      ...pagesOf(outcome).flatMap(({ node }, page) => {
        const x = (page % COLUMNS) * CELL;
        const y = top + Math.floor(page / COLUMNS) * CELL;
        const box = { x, y, width: CELL - 2, height: CELL - 2 };
        return [rect(box, colorOf(node), 0.45), text(x + 5, y + 14, String(node), INK.text, 11)];
      }),
    ];
  });
  return svgDocument({ width: COLUMNS * CELL, height: 2 * high, title: 'Pages by node' }, drawn);
}

const pagesOf = (outcome: PolicyOutcome) => ('pages' in outcome ? outcome.pages : []);

/** The colour of a node, the same on the page and in a file. */
export const colorOf = (node: number): string => `hsl(${(node * 67) % 360}, 65%, 50%)`;
