// Any machine: a preset, a pasted description or a dropped file, drawn, with its distances and the order
// in which the kernel looks for memory from a node.
import { ConfigError } from '@forkless/errors';
import { formatHwlocXml, presets, type Machine } from '@forkless/topology';
import { useSignal } from '@preact/signals';
import { param, setParams } from '../../route.ts';
import { Choice } from '../../choice.tsx';
import { csvOf } from '../../export/csv.ts';
import { download } from '../../export/download.ts';
import { DistanceHeat } from './distance-heat.tsx';
import { MachineDrawing } from './machine-drawing.tsx';
import { readMachine, readMachineFile } from './read-machine.ts';

const DEFAULT = 'epyc-2s-nps4';
/** What stands in the place of a preset's name for a machine that is none. */
const YOURS = 'yours';

const isPreset = (text: string) => presets.some(({ name }) => name === text);

/** What reading a description came to. */
type Read = { readonly machine: Machine } | { readonly problem: string };

function tryRead(text: string): Read {
  try {
    return { machine: readMachine(text) };
  } catch (error) {
    if (error instanceof ConfigError) return { problem: error.message };
    throw error;
  }
}

/** The view. */
export function MachineView() {
  const text = param('machine', DEFAULT);
  const typed = useSignal(isPreset(text) ? '' : text);
  const dropped = useSignal<Read | undefined>(undefined);
  const read = dropped.value ?? tryRead(text);
  const show = (description: string) => {
    dropped.value = undefined;
    setParams({ machine: description, node: '' });
  };
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    dropped.value = await readMachineFile(file).then(
      (machine) => ({ machine }),
      (error: Error) => ({ problem: error.message }),
    );
  };
  return (
    <section
      aria-labelledby="machine-title"
      onDragOver={(event: DragEvent) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="machine-title">Machine</h2>
      <div class="controls">
        <Choice
          label="preset"
          name="preset"
          value={isPreset(text) ? text : YOURS}
          choices={presets.map(({ name }) => name)}
          choose={show}
        />
        <label>
          an archive of a /sys, or a text file
          <input
            type="file"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
            data-test="file"
          />
        </label>
      </div>
      <details open={typed.value !== ''}>
        <summary>Describe your own</summary>
        <label>
          hwloc synthetic description, hwloc XML, or the output of numactl -H
          <textarea
            value={typed.value}
            placeholder="pack:2 [numa(memory=64GB)] l3:4 core:8 pu:2"
            onInput={(event) => (typed.value = event.currentTarget.value)}
            data-test="text"
          />
        </label>
        <button type="button" onClick={() => show(typed.value)} data-test="read">
          Read it
        </button>
      </details>
      {'problem' in read ? (
        <p class="error" role="alert">
          {read.problem}
        </p>
      ) : (
        <MachineDetails machine={read.machine} />
      )}
    </section>
  );
}

function MachineDetails({ machine }: { readonly machine: Machine }) {
  const first = machine.nodes[0]!.node;
  const asked = Number(param('node', String(first)) || first);
  const chosen = machine.nodes.some(({ node }) => node === asked) ? asked : first;
  const source = presets.find(({ name }) => name === machine.name);
  return (
    <>
      <p>
        {source?.description ?? machine.name}: {machine.cpus.length} CPUs, {machine.nodes.length}{' '}
        {machine.nodes.length === 1 ? 'node' : 'nodes'}.
      </p>
      {machine.warnings.map((warning) => (
        <p key={warning} class="faint">
          {warning}
        </p>
      ))}
      <MachineDrawing
        machine={machine}
        chosen={chosen}
        choose={(node) => setParams({ node: String(node) })}
        order={machine.fallbackOrder(chosen, 'boot')}
      />
      <p class="faint">
        Choose a node: the numbers say in which order it looks for memory elsewhere.
      </p>
      <div class="controls">
        <button type="button" onClick={() => download('machine.svg', 'image/svg+xml', drawing())}>
          Save as SVG
        </button>
        <button
          type="button"
          onClick={() => download('distances.csv', 'text/csv', distancesCsv(machine))}
        >
          Distances as CSV
        </button>
        <button
          type="button"
          onClick={() => download('machine.xml', 'application/xml', formatHwlocXml(machine.tree))}
        >
          hwloc XML
        </button>
      </div>
      <h3>Where node {chosen} looks for memory</h3>
      <table>
        <tbody>
          <tr>
            <th scope="row">built at boot</th>
            <td data-test="order-boot">{machine.fallbackOrder(chosen, 'boot').join(' → ')}</td>
          </tr>
          <tr>
            <th scope="row">rebuilt later</th>
            <td>{machine.fallbackOrder(chosen, 'rebuilt').join(' → ')}</td>
          </tr>
        </tbody>
      </table>
      <h3>Distances</h3>
      <p class="faint">{source?.distancesSource ?? 'as the description states them'}</p>
      <DistanceHeat machine={machine} />
    </>
  );
}

/** A row a node that an access comes from. */
function distancesCsv(machine: Machine): string {
  const ids = machine.nodes.map(({ node }) => node);
  const rows = ids.map((from) => [from, ...ids.map((to) => machine.distance(from, to))]);
  return csvOf([['from', ...ids.map((to) => `to ${to}`)], ...rows]);
}

/** The drawing as a file: what the page's style says is put into it. */
function drawing(): string {
  const svg = document.querySelector('svg.machine')!;
  const copy = svg.cloneNode(true) as SVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const originals = svg.querySelectorAll('rect, text');
  copy.querySelectorAll('rect, text').forEach((element, index) => {
    const { fill, stroke, strokeWidth, fontSize, fontWeight } = getComputedStyle(originals[index]!);
    element.setAttribute(
      'style',
      `fill:${fill};stroke:${stroke};stroke-width:${strokeWidth};font:${fontWeight} ${fontSize} sans-serif`,
    );
  });
  return new XMLSerializer().serializeToString(copy);
}
