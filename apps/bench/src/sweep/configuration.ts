// One point of a sweep: everything a run depends on, and the key under which its result is kept. Equal
// configurations have equal keys whatever the order of their parameters.
import { createHash } from 'node:crypto';
import type { ParameterValue } from '../experiments/experiment.ts';

/** All that a run of an experiment depends on. */
export interface Configuration {
  /** A name of `forkless experiments`, or the absolute path of a file with one. */
  readonly experiment: string;
  readonly seed: number;
  readonly machine?: string;
  readonly profile?: string;
  /** Every parameter, defaults filled in. */
  readonly params: Readonly<Record<string, ParameterValue>>;
}

/** A configuration with its key. */
export interface SweepTask {
  readonly key: string;
  readonly configuration: Configuration;
}

/** What a sweep keeps of a run, one line of NDJSON. */
export interface SweepResult extends SweepTask {
  /** What the run gave. */
  readonly result?: unknown;
  /** Why the experiment does not run with this configuration, where it refuses to. */
  readonly refused?: string;
}

/** SHA-256 over the configuration and the version of the model, in hexadecimal. */
export function taskOf(configuration: Configuration, modelVersion: string): SweepTask {
  const text = canonicalJson({ configuration, modelVersion });
  return { key: createHash('sha256').update(text).digest('hex'), configuration };
}

/** JSON with the names of every object in order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonicalJson(one)}`).join(',')}}`;
}
