// copy_process as a list of steps: what a new task is made of, in the kernel's order, each stage with
// what takes it back. Sizes are what a cache hands out on 6.18.

import {
  attempt,
  change,
  path,
  slabAlloc,
  slabFree,
  when,
  work,
  type Path,
  type PathPart,
} from '@forkless/sim';
import { KMALLOC_BYTES, kmallocBytes } from '../exec/exec-path.ts';
import { COPY_WORK, workSteps } from '../mm/memory-work.ts';
import { CLONE_FLAGS } from '../uapi/clone-flags.ts';
import type { CloneCall } from './clone-call.ts';
import { PID_SIZES, PIDFD_OBJECTS, pidBytes } from './clone-objects.ts';

const { CLONE_FILES, CLONE_PIDFD, CLONE_VFORK } = CLONE_FLAGS;

type Part = PathPart<CloneCall>;

/** A stage: its steps, and what takes them back once a later stage is refused. */
export interface CloneStage {
  readonly name: string;
  readonly steps: readonly Part[];
  readonly undo: readonly Part[];
}

/** Slab objects of a new task: cache and bytes. CAL: slab sizes of 6.18.44 on x86-64. */
export const CLONE_SLABS = {
  task: { cache: 'task_struct', bytes: 5888 },
  cred: { cache: 'cred', bytes: 192 },
  lsm: { cache: 'kmalloc-16', bytes: 16 },
  files: { cache: 'files_cache', bytes: 704 },
  fs: { cache: 'fs_cache', bytes: 64 },
  sighand: { cache: 'sighand_cache', bytes: 2112 },
  signal: { cache: 'signal_cache', bytes: 1152 },
  mm: { cache: 'mm_struct', bytes: 1600 },
  nsproxy: { cache: 'nsproxy', bytes: 72 },
  /** MODEL: always made anew; that a CPU keeps two of them is a matter of time, not of the path. */
  stack: { cache: 'thread_stack', bytes: 16384 },
  userCpus: { cache: 'kmalloc-32', bytes: 32 },
  policy: { cache: 'numa_policy', bytes: 288 },
} as const;

/**
 * The steps of making a task, from the check of its flags to the moment it can be seen.
 * @see kernel/fork.c, copy_process(), kernel_clone(), v6.18
 */
export function copyProcessPath(): Path<CloneCall> {
  return path(
    'copy_process',
    change('check the flags', (call) => call.checkFlags()),
    change('check for signals', (call) => call.checkSignals()),
    ...staged(CLONE_STAGES, [
      change('check that the caller is not killed', (call) => call.checkKilled()),
      change('publish the task', (call) => call.publish()),
    ]),
    change('tell the number', (call) => call.tellNumber()),
    when(
      'CLONE_VFORK',
      (call) => call.has(CLONE_VFORK),
      change('wait for the child', (call) => call.waitForChild()),
    ),
  );
}

const make = ({ cache, bytes }: { cache: string; bytes: number }): Part =>
  slabAlloc(cache, { bytes });
const free = ({ cache, bytes }: { cache: string; bytes: number }): Part =>
  slabFree(cache, { bytes });

const levels = ({ parts }: CloneCall): number => parts.pid!.level + 1;
/** A step per descriptor that was copied. */
export const FILES_WORK: readonly Part[] = [
  work('copy open files', 'fd.copy', (call) => call.parts.files!.openCount),
];

const { task, cred, lsm, files, fs, sighand, signal, mm, nsproxy, stack, userCpus, policy } =
  CLONE_SLABS;

const hasCpus = (...parts: readonly Part[]): Part =>
  when('CPUs were set', (call) => call.caller.sched.hasUserCpus === true, ...parts);
const hasPolicy = (...parts: readonly Part[]): Part =>
  when('a memory policy', (call) => call.caller.mempolicy !== null, ...parts);

/** A table of more than 64 descriptors is three objects more, sized by the highest number. */
function largeTable(step: typeof slabAlloc): Part {
  const sizes = KMALLOC_BYTES.filter((bytes) => bytes >= 64);
  return when(
    'more than 64 descriptors',
    (call) => !call.has(CLONE_FILES) && call.tableBytes.length > 0,
    ...sizes.map((bytes) =>
      step<CloneCall>(`kmalloc-${bytes}`, {
        bytes,
        count: (call) => call.tableBytes.filter((size) => kmallocBytes(size) === bytes).length,
      }),
    ),
  );
}

/** A struct pid grows with the depth of its namespace: one cache for each size. */
function pidObject(step: typeof slabAlloc): Part[] {
  const isOf = (call: CloneCall, bytes: number): number =>
    pidBytes(call.parts.nsproxy!.pidForChildren.level) === bytes ? 1 : 0;
  const [first, ...larger] = PID_SIZES;
  return [
    step<CloneCall>('pid', { bytes: first!, count: (call) => isOf(call, first!) }),
    when(
      'a deep pid namespace',
      (call) => isOf(call, first!) === 0,
      ...larger.map((bytes) =>
        step<CloneCall>(`pid-${bytes}`, { bytes, count: (call) => isOf(call, bytes) }),
      ),
    ),
  ];
}

const pidfdSlabs = (step: typeof slabAlloc): Part[] =>
  PIDFD_OBJECTS.map(({ cache, bytes }) => step(cache, { bytes }));

/** The stages of copy_process in order; a proposal keeps some and replaces others. */
export const CLONE_STAGES: readonly CloneStage[] = [
  {
    name: 'the task',
    steps: [
      make(task),
      make(stack),
      hasCpus(make(userCpus)),
      work('set up the task', 'clone.base'),
    ],
    undo: [hasCpus(free(userCpus)), free(stack), free(task)],
  },
  {
    name: 'credentials',
    steps: [
      ...unless('CLONE_THREAD', make(cred), make(lsm)),
      attempt(
        'the cred',
        [change('copy the credentials', (call) => call.copyCreds())],
        unless('CLONE_THREAD', free(lsm), free(cred)),
      ),
    ],
    undo: [
      change('drop the credentials', (call) => call.dropCreds()),
      ...unless('CLONE_THREAD', free(lsm), free(cred)),
    ],
  },
  {
    name: 'limits',
    steps: [change('check the number of tasks', (call) => call.checkTaskCount())],
    undo: [],
  },
  {
    name: 'memory policy',
    steps: [hasPolicy(make(policy))],
    undo: [hasPolicy(free(policy))],
  },
  {
    name: 'descriptors',
    steps: [
      ...unless('CLONE_FILES', make(files)),
      largeTable(slabAlloc),
      change('copy the descriptors', (call) => call.copyFiles()),
      ...unless('CLONE_FILES', ...FILES_WORK),
    ],
    undo: [
      change('drop the descriptors', (call) => call.dropFiles()),
      largeTable(slabFree),
      ...unless('CLONE_FILES', free(files)),
    ],
  },
  {
    name: 'place in the file system',
    steps: [
      ...unless('CLONE_FS', make(fs)),
      change('copy the place in the file system', (call) => call.copyFs()),
    ],
    undo: [
      change('drop the place in the file system', (call) => call.dropFs()),
      ...unless('CLONE_FS', free(fs)),
    ],
  },
  {
    name: 'signal actions',
    steps: [
      ...unless('CLONE_SIGHAND', make(sighand)),
      change('copy the signal actions', (call) => call.copySighand()),
    ],
    undo: [
      change('drop the signal actions', (call) => call.dropSighand()),
      ...unless('CLONE_SIGHAND', free(sighand)),
    ],
  },
  {
    name: 'thread group',
    steps: [
      ...unless('CLONE_THREAD', make(signal)),
      change('copy the thread group', (call) => call.copySignal()),
    ],
    undo: [...unless('CLONE_THREAD', free(signal))],
  },
  {
    name: 'memory',
    steps: [
      ...unless('CLONE_VM', make(mm)),
      attempt(
        'the mm',
        [change('copy the memory', (call) => call.copyMm())],
        unless('CLONE_VM', free(mm)),
      ),
      ...unless('CLONE_VM', ...workSteps(COPY_WORK, (call: CloneCall) => call.copied)),
    ],
    undo: [change('drop the memory', (call) => call.dropMm()), ...unless('CLONE_VM', free(mm))],
  },
  {
    name: 'namespaces',
    steps: [
      change('copy the namespaces', (call) => call.copyNamespaces()),
      ...ifNewNamespaces(make(nsproxy)),
    ],
    undo: [...ifNewNamespaces(free(nsproxy))],
  },
  {
    name: 'registers',
    steps: [change('copy the registers', (call) => call.copyThread())],
    undo: [],
  },
  {
    name: 'pid',
    steps: [
      change('allocate the pid', (call) => call.allocPid()),
      ...pidObject(slabAlloc),
      work('take a number a level', 'pid.take', levels),
      work('publish the numbers', 'pid.publish', levels),
    ],
    undo: [...pidObject(slabFree), change('free the pid', (call) => call.freePid())],
  },
  {
    name: 'pidfd',
    steps: [
      when(
        'CLONE_PIDFD',
        (call) => call.has(CLONE_PIDFD),
        change('prepare the pidfd', (call) => call.preparePidfd()),
        ...pidfdSlabs(slabAlloc),
        work('make the pidfd', 'pidfd.make'),
      ),
    ],
    undo: [when('CLONE_PIDFD', (call) => call.has(CLONE_PIDFD), ...pidfdSlabs(slabFree))],
  },
  {
    name: 'control groups',
    steps: [change('ask the control groups', (call) => call.canFork())],
    undo: [change('take the control groups back', (call) => call.cancelFork())],
  },
];

/** Stages one in the other: what follows a stage is the body of its undo. */
export function staged(
  [first, ...rest]: readonly CloneStage[],
  last: readonly PathPart<CloneCall>[],
): PathPart<CloneCall>[] {
  if (first === undefined) return [...last];
  return [...first.steps, attempt(first.name, staged(rest, last), first.undo)];
}

function unless(name: keyof typeof CLONE_FLAGS, ...parts: readonly Part[]): Part[] {
  const flag = CLONE_FLAGS[name];
  return [when(`no ${name}`, (call) => !call.has(flag), ...parts)];
}

function ifNewNamespaces(...parts: readonly Part[]): Part[] {
  return [when('new namespaces', (call) => call.parts.nsproxy !== call.caller.nsproxy, ...parts)];
}
