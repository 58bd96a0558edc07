// Two ways to make the same process side by side: what a whole tool call takes, what is copied, made and thrown away, what each counts and
// where it lies, and which steps only one of them has.
import { ConfigError } from '@forkless/errors';
import { preset, type Machine } from '@forkless/topology';
import type { ComponentChildren } from 'preact';
import { Choice } from '../../choice.tsx';
import { download } from '../../export/download.ts';
import { Field } from '../../field.tsx';
import { simulatedNames } from '../../machine-profile.ts';
import { readWhole } from '../../read-list.ts';
import { param, setParams } from '../../route.ts';
import { useWorkerAnswer } from '../../worker-answer.ts';
import { CallBars } from './call-bars.tsx';
import {
  mechanismNames,
  MEMORY_ROWS,
  SHELLS,
  type Comparison,
  type SpawnAsked,
} from './compare-spawns.ts';
import { LEVELS } from './placed-objects.ts';
import { PlacedObjects } from './placed-view.tsx';
import { barsSvg, objectsCsv, spawnTrace, stepsCsv } from './spawn-files.ts';

/** Bounds of what can be asked of the page, so that it answers at once. */
const RSS_MIB_MAX = 1024;
const COUNT_MAX = 10_000;
const DEFAULT_MACHINE = 'epyc-2s-nps4';

const makeWorker = () =>
  new Worker(new URL('./spawn-worker.ts', import.meta.url), { type: 'module' });

/** The view. */
export function SpawnView() {
  const read = tryRead();
  const asked = 'asked' in read ? read.asked : undefined;
  const { answer, isWaiting } = useWorkerAnswer<SpawnAsked, Comparison>(makeWorker, asked);
  const problem = 'problem' in read ? read.problem : answer?.problem;
  return (
    <section aria-labelledby="spawn-title" aria-busy={isWaiting}>
      <h2 id="spawn-title">Make a process</h2>
      <p>
        Both start <code>/tool</code> in the root folder with no descriptor but 0 to 2, out of the
        same parent. Each list below is what runs in the model; a step that only one of them has is
        marked.
      </p>
      <Settings />
      {problem === undefined ? null : (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {isWaiting && answer === undefined && problem === undefined ? (
        <p aria-live="polite">Making both…</p>
      ) : null}
      {problem === undefined && answer?.value !== undefined ? (
        <Compared comparison={answer.value} asked={answer.asked} />
      ) : null}
    </section>
  );
}

function tryRead(): { readonly asked: SpawnAsked } | { readonly problem: string } {
  try {
    return { asked: readAsked() };
  } catch (error) {
    if (error instanceof ConfigError) return { problem: error.message };
    throw error;
  }
}

/** A name of the address, if it is one of those there are. */
function nameFrom<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
  return choices.find((one) => one === param(name, otherwise)) ?? otherwise;
}

/** The nodes of a machine that a child can be put on. */
const nodesOf = (machine: Machine) =>
  machine.nodes.filter(({ memoryBytes }) => (memoryBytes ?? 0) > 0).map(({ node }) => String(node));

function readAsked(): SpawnAsked {
  const machine = nameFrom('machine', simulatedNames, DEFAULT_MACHINE);
  const nodes = nodesOf(preset(machine));
  return {
    first: nameFrom('first', mechanismNames, 'fork-exec'),
    second: nameFrom('second', mechanismNames, 'pristine'),
    machine,
    node: Number(nameFrom('node', nodes, nodes.at(-1)!)),
    level: nameFrom('level', LEVELS, 'its own'),
    shell: nameFrom('shell', SHELLS, 'dash'),
    rssMib: readWhole('written memory', param('rss', '64'), [0, RSS_MIB_MAX]),
    mappings: readWhole('further mappings', param('maps', '100'), [0, COUNT_MAX]),
    fds: readWhole('open descriptors', param('fds', '64'), [0, COUNT_MAX]),
  };
}

function Settings() {
  const nodes = nodesOf(preset(nameFrom('machine', simulatedNames, DEFAULT_MACHINE)));
  const choice = (label: string, name: string, choices: readonly string[], otherwise: string) => (
    <Choice
      label={label}
      name={name}
      value={nameFrom(name, choices, otherwise)}
      choices={choices}
      choose={(value) => setParams({ [name]: value })}
    />
  );
  return (
    <>
      <div class="controls">
        {choice('one way', 'first', mechanismNames, 'fork-exec')}
        {choice('another', 'second', mechanismNames, 'pristine')}
        {choice('machine', 'machine', simulatedNames, DEFAULT_MACHINE)}
        {choice('what starts the tool', 'shell', SHELLS, 'dash')}
      </div>
      <div class="controls">
        <Field label="parent’s memory, MiB" name="rss" value={param('rss', '64')} />
        <Field label="further mappings" name="maps" value={param('maps', '100')} />
        <Field label="open descriptors" name="fds" value={param('fds', '64')} />
        {choice('child runs on node', 'node', nodes, nodes.at(-1)!)}
        {choice('node awareness', 'level', LEVELS, 'its own')}
      </div>
    </>
  );
}

interface ComparedProps {
  readonly asked: SpawnAsked;
  readonly comparison: Comparison;
}

function Compared({ asked, comparison }: ComparedProps) {
  return (
    <>
      <div class="controls">
        <button
          type="button"
          onClick={() => download('steps.csv', 'text/csv', stepsCsv(comparison))}
          data-test="csv"
        >
          Save the steps as CSV
        </button>
        <button
          type="button"
          onClick={() => download('objects.csv', 'text/csv', objectsCsv(comparison))}
        >
          The objects as CSV
        </button>
        <button
          type="button"
          onClick={() => download('call.svg', 'image/svg+xml', barsSvg(comparison))}
        >
          Bars as SVG
        </button>
        <button
          type="button"
          onClick={() => download('spawn.trace.json', 'application/json', spawnTrace(comparison))}
        >
          Perfetto
        </button>
      </div>
      <h3>
        The whole call{asked.shell === 'none' ? '' : `, by way of ${asked.shell}, which forks`}
      </h3>
      <CallBars ways={comparison.ways} />
      <div class="beside">
        <Memory comparison={comparison} />
        <Counts comparison={comparison} />
      </div>
      <h3>Where its objects lie</h3>
      <p class="faint">
        The parent runs on node 0 and the child is to run on node {asked.node}; names are not in the
        caches. In red what lies elsewhere, with the level of the ladder that would mend it.
      </p>
      <PlacedObjects ways={comparison.ways} />
      <Steps comparison={comparison} />
    </>
  );
}

/** What became of the parent's memory, and what the child got of its own. */
function Memory({ comparison: { ways } }: { readonly comparison: Comparison }) {
  return (
    <div>
      <h3>Memory: copied, fresh, thrown away</h3>
      <Wide label="Memory of both ways">
        <table data-test="memory">
          <Head ways={ways} />
          <tbody>
            {MEMORY_ROWS.map(([fate, what, counters]) => (
              <tr key={`${fate} ${what}`} class={fate === 'fresh' ? '' : 'wasted'}>
                <th scope="row">
                  <span class={`fate ${fate.split(' ')[0]}`}>{fate}</span> {what}
                </th>
                {ways.map(({ memory }, at) => (
                  <td key={at} class="number">
                    {counters
                      .reduce((sum, counter) => sum + memory[counter], 0)
                      .toLocaleString('en')}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  );
}

/** A place for a table that may be wider than the page. */
function Wide({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}

function Head({ ways }: { readonly ways: Comparison['ways'] }) {
  return (
    <thead>
      <tr>
        <th scope="col">until the program runs</th>
        {ways.map(({ name, title }, at) => (
          <th key={at} scope="col" class="number" title={title}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Counts({ comparison: { ways } }: { readonly comparison: Comparison }) {
  const caches = [...new Set(ways.flatMap(({ objects }) => objects.map(([cache]) => cache)))];
  const made = (which: 0 | 1, cache: string) =>
    ways[which].objects.find(([name]) => name === cache)?.[1] ?? 0;
  return (
    <div>
      <h3>Calls and objects</h3>
      <Wide label="Calls and objects of both ways">
        <table>
          <Head ways={ways} />
          <tbody>
            <tr>
              <th scope="row">system calls of programs</th>
              {ways.map(({ systemCalls }, at) => (
                <td key={at} class="number" data-test="calls">
                  {systemCalls}
                </td>
              ))}
            </tr>
            {caches.map((cache) => (
              <tr key={cache}>
                <th scope="row">{cache} made</th>
                <td class="number">{made(0, cache)}</td>
                <td class="number">{made(1, cache)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  );
}

function Steps({ comparison: { ways, lines } }: { readonly comparison: Comparison }) {
  const nameOf = (side: 'first' | 'second') => ways[side === 'first' ? 0 : 1].name;
  return (
    <>
      <h3>Steps</h3>
      <ol class="difference" data-test="steps">
        {lines.map(({ depth, side, text }, at) => (
          <li
            key={at}
            class={side}
            style={{ paddingLeft: `${depth * 1.2 + 0.5}rem` }}
            {...(side === 'both' ? {} : { 'data-side': side })}
          >
            {side === 'both' ? null : <strong>{nameOf(side)} only: </strong>}
            {text}
          </li>
        ))}
      </ol>
    </>
  );
}
