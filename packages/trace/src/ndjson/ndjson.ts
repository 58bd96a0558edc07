// Our own form of a recording: a first line that says so, then one event a line as JSON, so that any tool
// can write one and `jq` can read it.
import { ConfigError } from '@forkless/errors';
import { PID_MAX_LIMIT, type TraceEvent } from '../event.ts';
import { quote } from '../input/problem.ts';
import { decodeText } from '../input/text.ts';
import {
  createLineReader,
  type LineParser,
  type ParserContext,
  type TraceReader,
  type TraceReaderOptions,
} from '../input/trace-reader.ts';
import type { TraceOrigin } from '../input/trace-clock.ts';

/** The version that the first line names. */
export const NDJSON_VERSION = 1;

/** The first line of a recording; `origin` is where its time 0 lies on the recorder's clock. */
export function ndjsonHeader(origin?: TraceOrigin): string {
  return `${JSON.stringify({ forklessTrace: NDJSON_VERSION, ...(origin && { origin }) })}\n`;
}

/** One event as a line. */
export function ndjsonLine(event: TraceEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** Reads a recording in our own form. */
export function createNdjsonReader(options: TraceReaderOptions): TraceReader {
  return createLineReader('ndjson', options, (context) => new NdjsonParser(context));
}

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isWhole: Check = (value) => Number.isSafeInteger(value);
const isPid: Check = (value) => isCount(value) && (value as number) < PID_MAX_LIMIT;
const isText: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isApi: Check = (value) =>
  ['fork', 'vfork', 'clone', 'clone3', 'newtask', 'fork-event'].includes(value as string);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

/** The fields of each kind beside `kind`, `timeNs` and `tid`. */
const FIELDS: Readonly<Record<TraceEvent['kind'], Readonly<Record<string, Check>>>> = {
  seen: {},
  create: {
    child: isPid,
    calledNs: isWhole,
    isThread: maybe(isBoolean),
    api: isApi,
    flags: isText,
  },
  'create-refused': { api: isApi, errno: isText },
  exec: { oldTid: isPid, path: isText },
  'exec-refused': { path: isText, errno: isText },
  exit: { code: maybe(isWhole), signal: maybe(isText), isGroupDead: maybe(isBoolean) },
  'fork-state': { state: isForkState },
};

const STATE_FIELDS: Readonly<Record<string, Check>> = {
  parentTgid: isPid,
  child: isPid,
  flags: isText,
  isThread: isBoolean,
  maxFds: isCount,
  nextFd: isCount,
  openFds: isCount,
  vmas: isCount,
  totalVmPages: isCount,
  rssFilePages: isWhole,
  rssAnonPages: isWhole,
  threads: isCount,
  filesRefs: isWhole,
  cpu: isCount,
  comm: isText,
};

function isForkState(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && wrongField(value, STATE_FIELDS) === undefined
  );
}

function wrongField(value: object, fields: Readonly<Record<string, Check>>): string | undefined {
  const record = value as Readonly<Record<string, unknown>>;
  return Object.keys(fields).find((name) => !(fields[name] as Check)(record[name]));
}

class NdjsonParser implements LineParser {
  readonly #context: ParserContext;
  #isFirst = true;

  constructor(context: ParserContext) {
    this.#context = context;
  }

  line(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const text = decodeText(bytes, from, to);
    const value = parse(text);
    if (value === undefined) {
      return this.#context.problem(`expected a JSON object, got ${quote(text)}`);
    }
    if (this.#isFirst) {
      this.#isFirst = false;
      if (this.#header(value)) return;
    }
    this.#event(value, text);
  }

  #header(value: Readonly<Record<string, unknown>>): boolean {
    const version = value['forklessTrace'];
    if (version === undefined) return false;
    if (version !== NDJSON_VERSION) {
      throw new ConfigError(
        `The recording is of version ${JSON.stringify(version)}; expected ${NDJSON_VERSION}.`,
      );
    }
    // The clock of a recording starts at its origin, so times are what they say.
    this.#context.clock.sinceOrigin(0, 0);
    return true;
  }

  #event(value: Readonly<Record<string, unknown>>, text: string): void {
    const { kind, timeNs, tid } = value;
    const fields = Object.hasOwn(FIELDS, String(kind))
      ? FIELDS[kind as TraceEvent['kind']]
      : undefined;
    if (fields === undefined || !isWhole(timeNs) || !isPid(tid)) {
      return this.#context.problem(
        `expected an event with kind, timeNs and tid, got ${quote(text)}`,
      );
    }
    const wrong = wrongField(value, fields);
    if (wrong !== undefined) {
      return this.#context.problem(
        `expected a valid ${wrong} in ${String(kind)}, got ${quote(text)}`,
      );
    }
    this.#context.count(String(kind));
    const whole = Math.floor((timeNs as number) / 1e9);
    this.#context.clock.sinceOrigin(whole, (timeNs as number) - whole * 1e9);
    this.#context.emit(value as unknown as TraceEvent);
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
