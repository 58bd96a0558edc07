// Two to four designs side by side, racing live: CPUs create and end threads, and pidmap_lock, or what
// stands in its place, is what they wait for.
import { PID_KERNELS } from '@forkless/pid';
import { presets } from '@forkless/topology';
import { useEffect, useMemo } from 'preact/hooks';
import { param, setParams } from '../../route.ts';
import { download } from '../download.ts';
import { LaneCard } from './lane-card.tsx';
import { designNames, lockingsOf, type LaneOptions } from './lane.ts';
import { LANE_COUNT_MAX, LANE_COUNT_MIN, laneOptions, Race, setLanes } from './race-state.ts';
import { RatePlot } from './rate-plot.tsx';

/** Up to this many CPUs the step of each is named. */
const NAMED_CPUS_MAX = 24;

/** The view. */
export function RaceView() {
  const race = useMemo(() => new Race(), []);
  const lanes = laneOptions();
  const key = JSON.stringify(lanes);
  useEffect(() => () => race.end(), [race]);
  useEffect(() => race.start(lanes), [key]);
  const { lanes: states, rates, isRunning, problem } = race.state.value;
  const names = lanes.map(laneName);
  return (
    <section aria-labelledby="race-title">
      <h2 id="race-title">Race</h2>
      <p>
        Every CPU creates a thread, lets it end, and begins again. In red: what was published for 20
        processes, 465 k pairs/s for 6.18 and 510 to 560 k with one lock trip less. Nothing is
        fitted here; <code>forkless run pidmap-lock</code> fits one figure.
      </p>
      <Settings />
      <div class="controls">
        <button
          type="button"
          class="main"
          onClick={() => race.control(isRunning ? 'pause' : 'run')}
          data-test="run"
        >
          {isRunning ? 'Pause' : 'Run'}
        </button>
        <button type="button" onClick={() => race.control('step')} data-test="step">
          One step of one CPU
        </button>
        <button type="button" onClick={() => race.start(lanes)} data-test="reset">
          From the start
        </button>
        <button type="button" onClick={() => download('race.csv', 'text/csv', csv(names, rates))}>
          Save the curves
        </button>
      </div>
      {problem === undefined ? null : (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      <RatePlot names={names} rates={rates} />
      <ul class="legend">
        <Key color="--series-2" text="CPU holds the lock" />
        <Key color="--published" text="waits for it" />
        <Key color="--accent" text="goes on" />
        <Key color="--live" text="id live" />
        <Key color="--reused" text="id live again" />
      </ul>
      <div class="lanes">
        {lanes.map((lane, index) => (
          <div key={index}>
            <LaneSettings lanes={lanes} index={index} />
            {states[index] === undefined ? null : (
              <LaneCard
                name={laneName(lane)}
                index={index}
                state={states[index]}
                rates={rates[index] ?? []}
                isSlow={!isRunning && lane.cpuCount <= NAMED_CPUS_MAX}
              />
            )}
          </div>
        ))}
      </div>
    </section>
  );
}

const laneName = ({ design, locking, kernel }: LaneOptions) => `${design}, ${locking}, ${kernel}`;

function Key({ color, text }: { readonly color: string; readonly text: string }) {
  return (
    <li>
      <span class="swatch" style={{ background: `var(${color})` }} />
      {text}
    </li>
  );
}

function Settings() {
  const machines = presets.filter(({ transfers }) => transfers !== undefined);
  return (
    <div class="controls">
      <label>
        machine
        <select
          value={param('machine', 'epyc-1s-24')}
          onChange={(event) => setParams({ machine: event.currentTarget.value })}
        >
          {machines.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        CPUs that race
        <input
          type="number"
          min="1"
          max="512"
          value={param('cpus', '20')}
          onChange={(event) => setParams({ cpus: event.currentTarget.value })}
          data-test="cpus"
        />
      </label>
      <label>
        seed
        <input
          type="number"
          min="0"
          value={param('seed', '1')}
          onChange={(event) => setParams({ seed: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

interface LaneSettingsProps {
  readonly lanes: readonly LaneOptions[];
  readonly index: number;
}

function LaneSettings({ lanes, index }: LaneSettingsProps) {
  const lane = lanes[index]!;
  const change = (changed: Partial<LaneOptions>) =>
    setLanes(lanes.with(index, { ...lane, ...changed }));
  return (
    <div class="controls">
      <Choice
        label={`design ${index + 1}`}
        value={lane.design}
        choices={designNames}
        choose={(design) => change({ design, locking: lockingsOf(design)[0]! })}
      />
      <Choice
        label="locking"
        value={lane.locking}
        choices={lockingsOf(lane.design)}
        choose={(locking) => change({ locking: locking as LaneOptions['locking'] })}
      />
      <Choice
        label="kernel"
        value={lane.kernel}
        choices={Object.keys(PID_KERNELS)}
        choose={(kernel) => change({ kernel: kernel as LaneOptions['kernel'] })}
      />
      {lanes.length > LANE_COUNT_MIN ? (
        <button type="button" onClick={() => setLanes(lanes.toSpliced(index, 1))}>
          Remove
        </button>
      ) : null}
      {lanes.length < LANE_COUNT_MAX && index === lanes.length - 1 ? (
        <button type="button" onClick={() => setLanes([...lanes, lane])} data-test="add">
          Add one
        </button>
      ) : null}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly choose: (value: string) => void;
}

function Choice({ label, value, choices, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {choices.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function csv(names: readonly string[], rates: ReturnType<Race['state']['peek']>['rates']): string {
  const longest = Math.max(0, ...rates.map((points) => points.length));
  const rows = Array.from({ length: longest }, (_, at) =>
    [rates[0]?.[at]?.[0] ?? '', ...rates.map((points) => points[at]?.[1] ?? '')].join(','),
  );
  return [['us', ...names.map((name) => `"${name}"`)].join(','), ...rows, ''].join('\n');
}
