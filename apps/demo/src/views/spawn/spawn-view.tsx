// Two ways to make the same process side by side: what each counts, and which steps only one of them has.
import type { DifferenceLine } from '@forkless/spawn';
import { param, setParams } from '../../route.ts';
import { download } from '../../export/download.ts';
import { compareSpawns, mechanismNames, type Comparison } from './compare-spawns.ts';

/** The view. */
export function SpawnView() {
  const first = param('first', 'fork-exec');
  const second = param('second', 'kernel-spawn-2');
  const comparison = compareSpawns(first, second);
  return (
    <section aria-labelledby="spawn-title">
      <h2 id="spawn-title">Make a process</h2>
      <p>
        Both start <code>/tool</code> in the root folder with no descriptor but 0 to 2. Each list
        below is what runs in the model; a step that only one of them has is marked.
      </p>
      <div class="controls">
        <Choice label="one way" name="first" value={comparison.counts[0].name} />
        <Choice label="another" name="second" value={comparison.counts[1].name} />
        <button
          type="button"
          onClick={() => download('steps.csv', 'text/csv', csv(comparison.lines))}
        >
          Save the steps
        </button>
      </div>
      <Counts comparison={comparison} />
      <h3>Steps</h3>
      <ol class="difference" data-test="steps">
        {comparison.lines.map(({ depth, side, text }, at) => (
          <li
            key={at}
            class={side}
            style={{ paddingLeft: `${depth * 1.2 + 0.5}rem` }}
            {...(side === 'both' ? {} : { 'data-side': side })}
          >
            {side === 'both' ? null : <strong>{nameOf(comparison, side)} only: </strong>}
            {text}
          </li>
        ))}
      </ol>
    </section>
  );
}

function nameOf({ counts }: Comparison, side: 'first' | 'second'): string {
  return counts[side === 'first' ? 0 : 1].name;
}

function Counts({ comparison: { counts } }: { readonly comparison: Comparison }) {
  const caches = [...new Set(counts.flatMap(({ objects }) => objects.map(([cache]) => cache)))];
  const made = (which: 0 | 1, cache: string) =>
    counts[which].objects.find(([name]) => name === cache)?.[1] ?? 0;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="What each counts">
      <table>
        <caption class="faint">counted on one run of each in the model</caption>
        <thead>
          <tr>
            <td />
            {counts.map(({ name, title, source }) => (
              <th key={name} scope="col" class="number" title={source}>
                {name}
                <br />
                <span class="faint">{title}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">system calls of programs</th>
            {counts.map(({ name, systemCalls }) => (
              <td key={name} class="number" data-test="calls">
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
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
}

function Choice({ label, name, value }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        value={value}
        onChange={(event) => setParams({ [name]: event.currentTarget.value })}
        data-test={name}
      >
        {mechanismNames.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

const csv = (lines: readonly DifferenceLine[]) =>
  [
    'side,depth,step',
    ...lines.map(({ side, depth, text }) => `${side},${depth},"${text}"`),
    '',
  ].join('\n');
