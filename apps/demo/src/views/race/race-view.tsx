// Two to four designs side by side, racing live: CPUs create and end threads, and pidmap_lock, or what
// stands in its place, is what they wait for.
import { useEffect, useMemo } from 'preact/hooks';
import { Choice } from '../../choice.tsx';
import { download } from '../../export/download.ts';
import { simulatedNames } from '../../machine-profile.ts';
import { param, setParams } from '../../route.ts';
import { LaneCard } from './lane-card.tsx';
import {
  kernelNames,
  LANE_COUNT_MAX,
  LANE_COUNT_MIN,
  laneName,
  laneOptions,
  setLanes,
} from './lane-settings.ts';
import { designNames, lockingsOf, type LaneOptions } from './lane.ts';
import { raceCsv, raceSvg, raceTrace, type RaceFile } from './race-files.ts';
import { Race } from './race-state.ts';
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
  const isRunning = race.isRunning.value;
  const problem = race.problem.value;
  const names = lanes.map(laneName);
  return (
    <section aria-labelledby="race-title">
      <h2 id="race-title">Race</h2>
      <p>
        Every CPU creates a thread, lets it end, and begins again. In red: what was published for 20
        processes, 465 k pairs/s for 6.18 and 510 to 560 k with one lock trip less. Nothing is
        fitted here; <code>forkless run pidmap-lock</code> fits one figure.
      </p>
      <Settings machine={lanes[0]!.machine} cpuCount={lanes[0]!.cpuCount} />
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
        <Saves race={race} names={names} />
      </div>
      {problem === undefined ? null : (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      <RatePlot race={race} names={names} />
      <ul class="legend">
        <Key color="--series-2" text="CPU holds a lock" />
        <Key color="--published" text="waits for one" />
        <Key color="--accent" text="goes on" />
        <Key color="--live" text="id live" />
        <Key color="--reused" text="live for another time" />
        <Key color="--used" text="was used" />
      </ul>
      <div class="lanes">
        {lanes.map((lane, index) => (
          <div key={index}>
            <LaneSettings lanes={lanes} index={index} />
            <LaneCard
              race={race}
              name={laneName(lane)}
              index={index}
              cpuCount={lane.cpuCount}
              isSlow={!isRunning && lane.cpuCount <= NAMED_CPUS_MAX}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

interface SavesProps {
  readonly race: Race;
  readonly names: readonly string[];
}

function Saves({ race, names }: SavesProps) {
  const save = (name: string, type: string, content: (file: RaceFile) => string) => () =>
    download(name, type, content({ names, history: race.history, steps: race.steps.peek() }));
  return (
    <>
      <button type="button" onClick={save('race.csv', 'text/csv', raceCsv)} data-test="csv">
        Save as CSV
      </button>
      <button type="button" onClick={save('race.svg', 'image/svg+xml', raceSvg)} data-test="svg">
        SVG
      </button>
      <button
        type="button"
        onClick={save('race.trace.json', 'application/json', raceTrace)}
        data-test="perfetto"
      >
        Perfetto
      </button>
    </>
  );
}

function Key({ color, text }: { readonly color: string; readonly text: string }) {
  return (
    <li>
      <span class="swatch" style={{ background: `var(${color})` }} />
      {text}
    </li>
  );
}

function Settings({ machine, cpuCount }: { readonly machine: string; readonly cpuCount: number }) {
  return (
    <div class="controls">
      <Choice
        label="machine"
        name="machine"
        value={machine}
        choices={simulatedNames}
        choose={(name) => setParams({ machine: name })}
      />
      <label>
        CPUs that race
        <input
          type="number"
          min="1"
          max="512"
          value={cpuCount}
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
        name={`design-${index}`}
        value={lane.design}
        choices={designNames}
        choose={(design) => change({ design, locking: lockingsOf(design)[0]! })}
      />
      <Choice
        label="locking"
        name={`locking-${index}`}
        value={lane.locking}
        choices={lockingsOf(lane.design)}
        choose={(locking) => change({ locking: locking as LaneOptions['locking'] })}
      />
      <Choice
        label="kernel"
        name={`kernel-${index}`}
        value={lane.kernel}
        choices={kernelNames}
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
