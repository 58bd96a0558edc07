// What an experiment is: published claims, parameters with bounds, one deterministic run, and plots as
// plain data. The command, the report and the sweeps know experiments only through these types.

/** How a figure came about: counted exactly, fitted to a published value, or told by the model. */
export type Kind = 'counted' | 'calibrated' | 'predicted';

/** A value that can stand in a table cell and in JSON. */
export type Cell = string | number | boolean | null;

/** A published figure: a number, a band `[low, high]`, or words where the source gives none. */
export type Published = number | readonly [low: number, high: number] | string;

/** Something a source says that the experiment holds the model against. */
export interface PublishedClaim {
  /** Short and stable, kebab-case: `stock-20-processes`. */
  readonly id: string;
  /** One sentence, as the source means it. */
  readonly text: string;
  /** Where it was published: author, title, message or page, date. */
  readonly source: string;
  readonly published: Published;
  /** Unit of `published`; empty where it is words. */
  readonly unit: string;
}

/** A knob of an experiment; `--set name=value` is checked against it before the run. */
export type Parameter = {
  /** camelCase with the unit last: `holdNs`, `processCount`. */
  readonly name: string;
  readonly description: string;
  /** Empty for a pure number, a choice or a switch. */
  readonly unit: string;
} & (
  | {
      readonly default: number;
      readonly bounds: { readonly min: number; readonly max: number };
      /** True where only whole numbers make sense. */
      readonly integer?: boolean;
    }
  | { readonly default: string; readonly choices: readonly string[] }
  | { readonly default: boolean }
);

/** The value of one parameter. */
export type ParameterValue = string | number | boolean;

/** All that a run may depend on; whatever else it needs is derived from these. */
export interface RunContext {
  /** An integer, 0 to 2^32 − 1; the same seed gives the same result, byte for byte. */
  readonly seed: number;
  /** Name of a machine preset; undefined means the experiment's own `machine`. */
  readonly machine?: string;
  /** Name of a cost profile; undefined means the first of the experiment's `profiles`. */
  readonly profile?: string;
  /** Every parameter of the experiment, the defaults filled in and each within its bounds. */
  readonly params: Readonly<Record<string, ParameterValue>>;
  /** Call it as often as you like; what is shown, and how often, is the caller's affair. */
  progress(done: number, total: number, what: string): void;
}

/** A named figure of the result that stands outside the rows. */
export interface Figure {
  /** A number, or a band `[low, high]` over the plausible inputs. */
  readonly value: number | readonly [low: number, high: number];
  readonly unit: string;
  /** One clause: counted over what, fitted to what, or predicted from what. */
  readonly note: string;
}

/** One published claim beside what the model says. */
export interface ClaimResult {
  /** The `id` of a claim of the experiment. */
  readonly id: string;
  readonly source: string;
  readonly published: Published;
  readonly model: Published;
  /** Model over published (middle over middle for bands); null where either is words. */
  readonly ratio: number | null;
  /** Whether the model bears the claim out. A calibrated claim holds because it was fitted. */
  readonly holds: boolean;
  readonly kind: Kind;
}

/**
 * What a run yields: exactly the object that `forkless run --json` prints. All of it is plain JSON
 * and follows from the context alone: no clock, no host name, no path.
 */
export interface ExperimentResult {
  readonly experiment: string;
  readonly seed: number;
  readonly machine: string;
  readonly profile: string;
  readonly params: Readonly<Record<string, ParameterValue>>;
  /** Cells by column key, see `Experiment.columns`. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly claims: readonly ClaimResult[];
  /** Figures by name, kebab-case. */
  readonly counted: Readonly<Record<string, Figure>>;
  readonly calibrated: Readonly<Record<string, Figure>>;
  readonly predicted: Readonly<Record<string, Figure>>;
}

/** How a column of the rows is shown. */
export interface Column {
  /** The key in a row. */
  readonly key: string;
  readonly label: string;
  /** Empty for names and pure numbers. */
  readonly unit: string;
  /** `varied` marks what the experiment sets; the rest is told apart as figures are. */
  readonly kind: Kind | 'varied';
  /** Digits after the point in tables; 0 if absent. */
  readonly digits?: number;
}

/** An axis of a plot. */
export interface Axis {
  readonly label: string;
  readonly unit: string;
}

/** One curve: points in the order of x, and a band around it where one is known. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
}

/** A published band or line (`low` = `high`) drawn across the plot; at `x` alone where it is given. */
export interface PublishedBand {
  readonly label: string;
  readonly low: number;
  readonly high: number;
  readonly x?: number;
}

/** A plot as plain data; the report draws it. */
export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly bands: readonly PublishedBand[];
  /** One or two sentences under the plot: what to see in it. */
  readonly note: string;
}

/** Throughput of all tasks together, and how idle the machine's CPUs were meanwhile. */
export interface ScalingRate {
  readonly perSecond: number;
  readonly idlePercent: number;
}

/** Rates at a number of tasks; a variant that was not run is absent. */
export interface ScalingRow {
  readonly tasks: number;
  /** Each task a process of its own. */
  readonly processes?: ScalingRate;
  /** All tasks threads of one process. */
  readonly threads?: ScalingRate;
}

/** Throughput over tasks, written as `<name>.csv` in the form of will-it-scale. */
export interface Scaling {
  /** Kebab-case, without the extension: `pidmap-lock-6.18`. */
  readonly name: string;
  readonly rows: readonly ScalingRow[];
}

/** An experiment: the question, how to ask the model, and how to show the answer. */
export interface Experiment {
  /** Kebab-case; what is typed after `forkless run`. */
  readonly name: string;
  readonly title: string;
  readonly claims: readonly PublishedClaim[];
  readonly parameters: readonly Parameter[];
  /** The machine preset it runs on unless told otherwise. */
  readonly machine: string;
  /** Names of the cost profiles it can be run with, the default first. */
  readonly profiles: readonly string[];
  readonly columns: readonly Column[];
  /** Roughly how long a run takes on a small machine, in seconds. */
  readonly seconds: number;
  /** Deterministic in `context`; a bad machine or profile is a `ConfigError`. */
  run(context: RunContext): ExperimentResult;
  plots(result: ExperimentResult): readonly Plot[];
  /** Given by experiments whose rows are throughput over tasks. */
  scaling?(result: ExperimentResult): readonly Scaling[];
}
