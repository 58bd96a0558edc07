// Memory policy: set one, touch pages, and see where each lands and which rule put it there, by the calls of
// today and by the struct proposed for them, side by side.
import { ConfigError } from '@forkless/errors';
import { MPOL } from '@forkless/mempolicy';
import { preset, presets, type Machine } from '@forkless/topology';
import { useSignal, type Signal } from '@preact/signals';
import { Choice } from '../../choice.tsx';
import { download } from '../../export/download.ts';
import { Field } from '../../field.tsx';
import { readList, readWhole } from '../../read-list.ts';
import { param, setParams } from '../../route.ts';
import {
  comparePolicies,
  MODE_FLAGS,
  type PlacedPage,
  type PolicyComparison,
  type PolicyOutcome,
  type PolicyTry,
} from './policy-run.ts';
import { colorOf, newCall, oldCalls, policyCsv, policySvg } from './policy-texts.ts';

const PAGES_MAX = 256;
const DEFAULT_MACHINE = 'epyc-2s-nps4';
const modes = Object.keys(MPOL) as PolicyTry['mode'][];
const modeFlags = Object.keys(MODE_FLAGS) as PolicyTry['modeFlag'][];

/** The view. */
export function PolicyView() {
  const name = param('machine', DEFAULT_MACHINE);
  const machine = preset(presets.some((one) => one.name === name) ? name : DEFAULT_MACHINE);
  const tried = tryAsked(machine);
  return (
    <section aria-labelledby="policy-title">
      <h2 id="policy-title">Memory policy</h2>
      <p>
        A process maps some pages, sets a policy for them and writes to each: once with{' '}
        <code>mbind</code> as it is, once with <code>mbind2</code> and <code>struct mpol_args</code>{' '}
        as they were proposed. A refused call changes nothing and says why.
      </p>
      <Settings machine={machine} />
      {'problem' in tried ? (
        <p class="error" role="alert">
          {tried.problem}
        </p>
      ) : (
        <Compared asked={tried.asked} comparison={tried.comparison} />
      )}
    </section>
  );
}

type Tried =
  | { readonly asked: PolicyTry; readonly comparison: PolicyComparison }
  | { readonly problem: string };

function tryAsked(machine: Machine): Tried {
  try {
    const asked = readAsked(machine);
    return { asked, comparison: comparePolicies(machine, asked) };
  } catch (error) {
    if (error instanceof ConfigError) return { problem: error.message };
    throw error;
  }
}

function readAsked(machine: Machine): PolicyTry {
  const nodes = machine.nodes.map(({ node }) => node);
  const weights = (name: string, otherwise: string) =>
    Object.fromEntries(
      readList(name, param(name, otherwise)).map((one, at) => [nodes[at] ?? at, one]),
    );
  return {
    mode: modes.find((mode) => mode === param('mode', '')) ?? 'WEIGHTED_INTERLEAVE',
    modeFlag: modeFlags.find((flag) => flag === param('flag', '')) ?? 'none',
    nodes: readList('nodes of the policy', param('nodes', '0,1')),
    homeNode: param('home', '') === '' ? -1 : readWhole('home node', param('home', ''), [0, 1023]),
    cpu: readWhole('CPU it runs on', param('cpu', '0'), [0, machine.cpus.at(-1)!]),
    pageCount: readWhole('pages', param('pages', '64'), [1, PAGES_MAX]),
    weights: weights('weights', '3,1'),
    laterWeights: weights('later', ''),
    cpuset: readList('nodes of the cpuset', param('cpuset', '')),
  };
}

function Settings({ machine }: { readonly machine: Machine }) {
  const choice = (
    label: string,
    name: string,
    [value, choices]: readonly [string, readonly string[]],
  ) => (
    <Choice
      label={label}
      name={name}
      value={value}
      choices={choices}
      choose={(chosen) => setParams({ [name]: chosen })}
    />
  );
  const mode = modes.find((one) => one === param('mode', '')) ?? 'WEIGHTED_INTERLEAVE';
  return (
    <>
      <div class="controls">
        {choice('machine', 'machine', [machine.name, presets.map(({ name }) => name)])}
        {choice('mode', 'mode', [mode, modes])}
        {choice('mode flag', 'flag', [param('flag', 'none'), modeFlags])}
        <Field label="nodes of the policy" name="nodes" value={param('nodes', '0,1')} />
        <Field label="home node" name="home" value={param('home', '')} />
        <Field label="weights, by node" name="weights" value={param('weights', '3,1')} />
      </div>
      <div class="controls">
        <Field label="sysfs weights, set later" name="later" value={param('later', '')} />
        <Field label="cpuset, set later" name="cpuset" value={param('cpuset', '')} />
        <Field label="CPU it runs on" name="cpu" value={param('cpu', '0')} />
        <Field label="pages" name="pages" value={param('pages', '64')} />
      </div>
    </>
  );
}

interface ComparedProps {
  readonly asked: PolicyTry;
  readonly comparison: PolicyComparison;
}

function Compared({ asked, comparison }: ComparedProps) {
  const chosen = useSignal(0);
  const { differing } = comparison;
  const isBothPlaced = 'pages' in comparison.old && 'pages' in comparison.new;
  return (
    <>
      <div class="controls">
        <strong data-test="differing">
          {isBothPlaced ? inWords(differing.length, asked.pageCount) : 'Refused'}
        </strong>
        <button
          type="button"
          onClick={() => download('pages.csv', 'text/csv', policyCsv(comparison))}
          data-test="csv"
        >
          Save as CSV
        </button>
        <button
          type="button"
          onClick={() => download('pages.svg', 'image/svg+xml', policySvg(comparison))}
        >
          SVG
        </button>
      </div>
      <div class="beside">
        <Form
          title="mbind, as it is"
          name="old"
          call={oldCalls(asked)}
          outcome={comparison.old}
          differing={differing}
          chosen={chosen}
        />
        <Form
          title="mbind2 with mpol_args, as proposed"
          name="new"
          call={newCall(asked)}
          outcome={comparison.new}
          differing={differing}
          chosen={chosen}
        />
      </div>
    </>
  );
}

function inWords(count: number, pageCount: number): string {
  if (count === 0) return `Both put all ${pageCount} pages on the same nodes.`;
  return `${count} of ${pageCount} pages lie on another node.`;
}

interface FormProps {
  readonly title: string;
  readonly name: 'old' | 'new';
  readonly call: string;
  readonly outcome: PolicyOutcome;
  readonly differing: readonly number[];
  /** The page whose rule is told, in both forms. */
  readonly chosen: Signal<number>;
}

function Form({ title, name, call, outcome, differing, chosen }: FormProps) {
  return (
    <article class="lane" aria-label={title} data-test={`form-${name}`}>
      <h3>{title}</h3>
      <pre class="scroll" tabIndex={0}>
        {call}
      </pre>
      {'refused' in outcome ? (
        <p class="error" role="alert" data-test="refused">
          {outcome.refused}
        </p>
      ) : (
        <Placed pages={outcome.pages} maps={outcome.maps} differing={differing} chosen={chosen} />
      )}
    </article>
  );
}

interface PlacedProps extends Pick<FormProps, 'differing' | 'chosen'> {
  readonly pages: readonly PlacedPage[];
  readonly maps: string;
}

function Placed({ pages, maps, differing, chosen }: PlacedProps) {
  const at = Math.min(chosen.value, pages.length - 1);
  const counts = new Map<number, number>();
  for (const { node } of pages) counts.set(node, (counts.get(node) ?? 0) + 1);
  const rows = [...counts].toSorted(([a], [b]) => a - b);
  const others = new Set(differing);
  return (
    <>
      <table data-test="counts">
        <tbody>
          {rows.map(([node, count]) => (
            <tr key={node}>
              <th scope="row">
                <span class="swatch" style={{ background: colorOf(node) }} />
                node {node}
              </th>
              <td class="number">{count}</td>
              <td class="number">{((100 * count) / pages.length).toFixed(1)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h4>Each page; choose one to see why it lies there</h4>
      <div class="pages">
        {pages.map(({ node }, page) => (
          <button
            key={page}
            type="button"
            class={others.has(page) ? 'other' : ''}
            style={{ borderColor: colorOf(node) }}
            aria-pressed={page === at}
            aria-label={`Page ${page} on node ${node}${others.has(page) ? ', elsewhere in the other form' : ''}`}
            onClick={() => (chosen.value = page)}
          >
            {node}
          </button>
        ))}
      </div>
      <p aria-live="polite" data-test="rule">
        Page {at}: {pages[at]!.rule}
      </p>
      <h4>numa_maps</h4>
      <pre class="scroll" tabIndex={0}>
        {maps}
      </pre>
    </>
  );
}
