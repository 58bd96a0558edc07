// Memory policy: set one, touch pages, and see where each lands and which rule put it there.
import { MPOL } from '@forkless/mempolicy';
import { preset, presets } from '@forkless/topology';
import { useSignal } from '@preact/signals';
import { param, setParams } from '../../route.ts';
import { download } from '../../export/download.ts';
import { tryPolicy, type PlacedPage, type PolicyTry } from './policy-run.ts';

const PAGES_MAX = 256;
const modes = Object.keys(MPOL) as PolicyTry['mode'][];

/** The view. */
export function PolicyView() {
  const machine = preset(machineName());
  const nodes = machine.nodes.map(({ node }) => node);
  const asked: PolicyTry = {
    mode: modes.find((mode) => mode === param('mode', 'WEIGHTED_INTERLEAVE')) ?? 'DEFAULT',
    nodes: numbers(param('nodes', nodes.slice(0, 2).join(','))),
    cpu: Number(param('cpu', '0')),
    pageCount: Math.min(PAGES_MAX, Math.max(1, Number(param('pages', '64')) || 1)),
    weights: Object.fromEntries(
      numbers(param('weights', '3,1')).map((one, at) => [nodes[at], one]),
    ),
    cpuset: numbers(param('cpuset', '')),
  };
  const outcome = tryPolicy(machine, asked);
  return (
    <section aria-labelledby="policy-title">
      <h2 id="policy-title">Memory policy</h2>
      <p>
        A process maps {asked.pageCount} pages, calls <code>mbind</code>, and writes to each. A
        refused call changes nothing and says why.
      </p>
      <div class="controls">
        <Select
          label="machine"
          name="machine"
          value={machine.name}
          choices={presets.map(({ name }) => name)}
        />
        <Select label="mode" name="mode" value={asked.mode} choices={modes} />
        <Field label="nodes of the policy" name="nodes" value={asked.nodes.join(',')} />
        <Field label="weights, by node" name="weights" value={param('weights', '3,1')} />
        <Field label="CPU it runs on" name="cpu" value={String(asked.cpu)} />
        <Field label="nodes of the cpuset" name="cpuset" value={asked.cpuset.join(',')} />
        <Field label="pages" name="pages" value={String(asked.pageCount)} />
      </div>
      {'refused' in outcome ? (
        <p class="error" role="alert" data-test="refused">
          {outcome.refused}
        </p>
      ) : (
        <Placed pages={outcome.pages} maps={outcome.maps} />
      )}
    </section>
  );
}

function machineName(): string {
  const asked = param('machine', 'epyc-2s-nps4');
  return presets.some(({ name }) => name === asked) ? asked : 'epyc-2s-nps4';
}

/** The numbers in a list; what is none is left out. */
function numbers(text: string): readonly number[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number);
}

interface PlacedProps {
  readonly pages: readonly PlacedPage[];
  readonly maps: string;
}

function Placed({ pages, maps }: PlacedProps) {
  const chosen = useSignal(0);
  const page = pages[Math.min(chosen.value, pages.length - 1)]!;
  const counts = new Map<number, number>();
  for (const { node } of pages) counts.set(node, (counts.get(node) ?? 0) + 1);
  const rows = [...counts].toSorted(([a], [b]) => a - b);
  return (
    <>
      <h3>Pages by node</h3>
      <table data-test="counts">
        <tbody>
          {rows.map(([node, count]) => (
            <tr key={node}>
              <th scope="row">node {node}</th>
              <td class="number">{count}</td>
              <td class="number">{((100 * count) / pages.length).toFixed(1)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>Each page; choose one to see why it lies there</h3>
      <div class="pages">
        {pages.map(({ node }, at) => (
          <button
            key={at}
            type="button"
            style={{ borderColor: colorOf(node) }}
            aria-pressed={at === chosen.value}
            aria-label={`Page ${at} on node ${node}`}
            onClick={() => (chosen.value = at)}
          >
            {node}
          </button>
        ))}
      </div>
      <p aria-live="polite" data-test="rule">
        Page {Math.min(chosen.value, pages.length - 1)}: {page.rule}
      </p>
      <h3>numa_maps</h3>
      <pre class="scroll" tabIndex={0}>
        {maps}
      </pre>
      <button type="button" onClick={() => download('pages.csv', 'text/csv', csv(pages))}>
        Save the pages
      </button>
    </>
  );
}

const colorOf = (node: number) => `hsl(${(node * 67) % 360} 65% 50%)`;

const csv = (pages: readonly PlacedPage[]) =>
  ['page,node', ...pages.map(({ node }, at) => `${at},${node}`), ''].join('\n');

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
}

function Field({ label, name, value }: FieldProps) {
  return (
    <label>
      {label}
      <input
        value={value}
        size={10}
        onChange={(event) => setParams({ [name]: event.currentTarget.value })}
        data-test={name}
      />
    </label>
  );
}

function Select({
  label,
  name,
  value,
  choices,
}: FieldProps & { readonly choices: readonly string[] }) {
  return (
    <label>
      {label}
      <select
        value={value}
        onChange={(event) => setParams({ [name]: event.currentTarget.value })}
        data-test={name}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}
