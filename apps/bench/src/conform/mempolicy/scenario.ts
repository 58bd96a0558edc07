// A recorded scenario taken apart: what the machine was and what was asked, apart from what was answered.
// The model sees the first alone.
import { ConfigError } from '@forkless/errors';
import { Fields, type Json } from './fields.ts';

/** The machine of a scenario. */
export interface RecordedMachine {
  readonly id: string;
  readonly nodes: number;
  /** CPUs by node. */
  readonly cpus: readonly (readonly number[])[];
  readonly memoryKb: readonly number[];
  readonly distances: readonly (readonly number[])[];
  /** Highest possible node + 1. */
  readonly nodeIdCount: number;
  readonly nodesMax: number;
}

/** One step: the call and its inputs, and the recorded answers beside them. */
export interface RecordedStep {
  readonly call: string;
  /** Place for messages: file, number of the step, call. */
  readonly place: string;
  readonly inputs: Fields;
  readonly answers: Json;
  /** Other answers the kernel gave to the same step. */
  readonly alternatives: readonly Json[];
  /** The process was dead by then. */
  readonly isNotRun: boolean;
}

/** A scenario. */
export interface Scenario {
  readonly name: string;
  readonly machine: RecordedMachine;
  readonly cgroup: 'v1' | 'v2';
  readonly initialCpu: number;
  readonly initialUid: number;
  readonly exitStatus: number;
  readonly steps: readonly RecordedStep[];
}

/** The input fields of every call; whatever else a step holds is answer. */
const inputNames: Readonly<Record<string, readonly string[]>> = {
  set_mempolicy: ['mode', 'flags', 'nodemask', 'maxnode'],
  get_mempolicy: ['want_policy', 'want_mask', 'maxnode', 'addr', 'flags'],
  mbind: ['addr', 'len', 'mode', 'flags', 'nodemask', 'maxnode', 'mf_flags'],
  set_mempolicy_home_node: ['addr', 'len', 'home_node', 'flags'],
  migrate_pages: ['pid', 'maxnode', 'old_nodes', 'new_nodes'],
  move_pages: ['pid', 'addr', 'pages', 'nodes', 'flags'],
  mmap: ['addr', 'pages', 'prot', 'flags', 'fd_slot', 'pgoff'],
  munmap: ['addr', 'pages'],
  mprotect: ['addr', 'pages', 'prot'],
  madvise: ['addr', 'pages', 'advice'],
  mlock: ['addr', 'pages'],
  mremap: ['addr', 'pages', 'flags', 'new_addr', 'new_pages'],
  memfd_create: ['fd_slot', 'pages', 'ino'],
  open: ['fd_slot', 'path', 'flags', 'truncate_pages', 'ino'],
  pwrite_pages: ['fd_slot', 'pages'],
  touch: ['addr', 'pages', 'access', 'stride'],
  fill: ['addr', 'max_pages', 'until_node', 'until_free_pages_below'],
  vmas: ['addr', 'pages'],
  mems_allowed: [],
  write_file: ['path', 'text'],
  read_file: ['path'],
  mkdir: ['path'],
  mount: ['fstype', 'path', 'options'],
  umount: ['path'],
  sched_setaffinity: ['cpus'],
  setresuid: ['uid'],
  sleep: ['ms'],
  node_free: [],
  fork: [],
  clone_vm: [],
  child_exit: [],
  execve: [],
};

const notAnswers: ReadonlySet<string> = new Set(['call', 'unstable', 'alternatives', 'not_run']);

/** Reads a scenario. A `ConfigError` names file, step and field of what is wrong with it. */
export function readScenario(file: string, text: string): Scenario {
  const fields = new Fields(parse(file, text), file);
  const steps = fields.json['steps'];
  if (!Array.isArray(steps)) return fields.bad('steps', 'a list');
  const initial = new Fields(fields.json['initial'], `${file}, field "initial"`);
  const cgroup = fields.text('cgroup');
  if (cgroup !== 'v1' && cgroup !== 'v2') return fields.bad('cgroup', 'v1 or v2');
  return {
    name: fields.text('name'),
    machine: readMachine(new Fields(fields.json['topology'], `${file}, field "topology"`)),
    cgroup,
    initialCpu: initial.count('cpu'),
    initialUid: initial.count('uid'),
    exitStatus: fields.integer('exit_status'),
    steps: withInodes(steps.map((step, index) => readStep(step, `${file}, step ${index}`))),
  };
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${file}: expected JSON, ${(error as Error).message}.`, { cause: error });
  }
}

function readMachine(fields: Fields): RecordedMachine {
  const rows = (name: string) => {
    const value = fields.json[name];
    if (!Array.isArray(value)) return fields.bad(name, 'a list');
    return value.map((row) => new Fields({ [name]: row }, fields.place).integers(name));
  };
  const possible = /(\d+)$/.exec(fields.text('possible'))?.[1];
  return {
    id: fields.text('id'),
    nodes: fields.count('nodes', 1),
    cpus: rows('cpus'),
    memoryKb: fields.integers('mem_total_kb'),
    distances: rows('distances'),
    nodeIdCount: possible === undefined ? fields.bad('possible', 'a list') : Number(possible) + 1,
    nodesMax: fields.count('max_numnodes', 1),
  };
}

function readStep(step: unknown, at: string): RecordedStep {
  const fields = new Fields(step, at);
  const call = fields.text('call');
  const names = Object.hasOwn(inputNames, call) ? inputNames[call]! : undefined;
  if (names === undefined) return fields.bad('call', 'a known call');
  const place = `${at} (${call})`;
  const pick = (keep: (name: string) => boolean): Json =>
    Object.fromEntries(Object.entries(fields.json).filter(([name]) => keep(name)));
  for (const name of names) {
    if (name !== 'ino' && !fields.has(name)) new Fields(fields.json, place).bad(name, 'a value');
  }
  const alternatives = fields.json['alternatives'];
  return {
    call,
    place,
    inputs: new Fields(
      pick((name) => names.includes(name)),
      place,
    ),
    answers: pick((name) => !names.includes(name) && !notAnswers.has(name)),
    alternatives: Array.isArray(alternatives) ? (alternatives as Json[]) : [],
    isNotRun: fields.json['not_run'] === true,
  };
}

/**
 * Shared anonymous memory has an inode whose number is an input, but stands in a later `vmas` answer
 * alone: it is put beside the mmap that made it.
 */
function withInodes(steps: readonly RecordedStep[]): readonly RecordedStep[] {
  return steps.map((step, index) => {
    const flags = step.inputs.json['flags'];
    const isShared =
      step.call === 'mmap' &&
      Array.isArray(flags) &&
      flags.includes('MAP_SHARED') &&
      flags.includes('MAP_ANONYMOUS');
    if (!isShared) return step;
    const ino = inodeIn(steps.slice(index + 1), step.inputs.text('addr'));
    return ino === undefined
      ? step
      : { ...step, inputs: new Fields({ ...step.inputs.json, ino }, step.inputs.place) };
  });
}

function inodeIn(steps: readonly RecordedStep[], start: string): number | undefined {
  for (const { answers } of steps) {
    const vmas = answers['vmas'];
    if (!Array.isArray(vmas)) continue;
    const found = (vmas as Json[]).find((vma) => vma['start'] === start)?.['ino'];
    if (typeof found === 'number' && found > 0) return found;
  }
  return undefined;
}
