// Family A: tables of argument rows of clone3, clone and vfork. Each row is one call in a fresh process
// on a machine in the state the row describes.

import { assert, isRefusal } from '@forkless/errors';
import { pidNumberIn } from '@forkless/pid';
import {
  boot,
  Cgroup,
  clone,
  clone3,
  cloneFlags,
  exitGroupWith,
  fork,
  CLONE_FLAGS,
  installCgroup,
  pidNamespaceOf,
  SIGNALS,
  unshare,
  vfork,
  wait4,
  type Clone3Args,
  type Clone3Memory,
  type Kernel,
  type Task,
  type UserPointer,
} from '@forkless/task';
import type { Comparison, Difference, Skip } from './compare.ts';
import { flagsOf } from './clone-request.ts';
import type { Fields, Json } from './scenario.ts';

const STACK = 0x7000_0000_0000;
const STACK_SIZE = 64 * 1024;
const SPLIT_BYTES = 72;
const CGROUP_FD = 5;

/** Fields of a row that the model is given. */
const INPUTS: ReadonlySet<string> = new Set([
  'call',
  'size',
  'flags',
  'exit_signal',
  'stack',
  'pidfd',
  'parent_tid',
  'child_tid',
  'tls',
  'set_tid',
  'set_tid_size',
  'cgroup',
  'tail',
  'tail_last',
  'args',
  'uid',
  'caps',
  'level',
  'unshare_newpid',
]);

const CONTRADICTION =
  'no line of the README: the last byte of a block of a whole page is said to be set, yet a kernel that ' +
  'looks at every byte (lib/usercopy.c, check_zeroed_user()) took it';
const PAGE_BYTES = 4096;

/** The one kind of row whose description and answer cannot both be right. */
function contradictsItself(row: Fields): boolean {
  return row['size'] === PAGE_BYTES && row['tail_last'] !== undefined;
}

/** Compares every row of a table. */
export function compareTable(text: string): Comparison {
  const { table } = JSON.parse(text) as { table: readonly Fields[] };

  const skips: Skip[] = [];
  const differences = table.flatMap((row, at): Difference[] => {
    if (contradictsItself(row)) {
      skips.push({ step: `row ${at}`, rule: CONTRADICTION });
      return [];
    }
    const inputs = Object.fromEntries(Object.entries(row).filter(([key]) => INPUTS.has(key)));
    const expected = Object.entries(row).filter(([key]) => !INPUTS.has(key));
    const got = answerRow(inputs);
    const wrong = expected.filter(([key, value]) => value !== (got[key] ?? null));
    if (wrong.length === 0) return [];
    return [
      {
        step: `row ${at}: ${JSON.stringify(inputs)}`,
        expected: Object.fromEntries(wrong),
        got: Object.fromEntries(wrong.map(([key]) => [key, got[key] ?? null])),
      },
    ];
  });
  return { checks: table.length - skips.length, differences, skips };
}

/** The words of user memory that a row's call may write, apart from each other. */
interface Words {
  readonly pidfd: { value: number };
  readonly parentTid: { value: number };
  readonly childTid: { value: number };
}

/** What the model answers to a row. */
export function answerRow(row: Fields): Record<string, unknown> {
  const { kernel, caller } = callerOf(row);
  const words: Words = {
    pidfd: { value: -1 },
    parentTid: { value: -1 },
    childTid: { value: -1 },
  };
  const made = makeTask(kernel, caller, row, words);
  if (isRefusal(made)) return { ret: null, errno: made.errno };
  const number = pidNumberIn(made.pid, pidNamespaceOf(caller));
  return {
    ret: 'child',
    errno: null,
    ...('pidfd' in row ? { pidfd_written: words.pidfd.value >= 0 } : {}),
    ...('parent_tid' in row ? { parent_tid_written: words.parentTid.value === number } : {}),
    ...('set_tid' in row ? { child_pid: number } : {}),
  };
}

function makeTask(kernel: Kernel, caller: Task, row: Fields, words: Words) {
  const pointers = {
    pidfd: pidfdPointer(row, words),
    parentTid: pointer(row['parent_tid'], words.parentTid),
    childTid: pointer(row['child_tid'], words.childTid),
  };
  const flags = flagsOf(row['flags']);
  switch (row['call']) {
    case 'fork':
      return fork(kernel, caller);
    case 'vfork':
      return vfork(kernel, caller);
    case 'clone': {
      // A legacy clone has one pointer for both; a row without parent_tid gives it as pidfd.
      const parentTid = row['parent_tid'] === undefined ? pointers.pidfd : pointers.parentTid;
      const word = flags | BigInt(Number(row['exit_signal'] ?? 0));
      return clone(kernel, caller, word, {
        ...pointers,
        parentTid,
        tls: Number(row['tls'] ?? 0),
      });
    }
    default:
      return clone3(kernel, caller, memoryOf(row, { ...pointers, flags }), Number(row['size']));
  }
}

function memoryOf(row: Fields, args: Clone3Args): Clone3Memory | UserPointer {
  if (row['args'] === 'bad') return 'unmapped';
  if (row['args'] === 'null') return null;
  const setTid = row['set_tid'];
  const list = Array.isArray(setTid) ? (setTid as readonly number[]) : undefined;
  return {
    args: {
      ...args,
      exitSignal: Number(row['exit_signal'] ?? 0),
      ...stackOf(row['stack']),
      tls: Number(row['tls'] ?? 0),
      setTid: list ?? (setTid === 'bad' ? 'unmapped' : null),
      setTidSize: Number(row['set_tid_size'] ?? list?.length ?? 0),
      cgroup: cgroupFd(row['cgroup']),
    },
    ...(row['args'] === 'split' ? { readableBytes: SPLIT_BYTES } : {}),
    hasTail: Number(row['tail'] ?? 0) !== 0 || row['tail_last'] !== undefined,
  };
}

function stackOf(kind: Json | undefined): { stack: number; stackSize: number } {
  switch (kind) {
    case 'valid':
      return { stack: STACK, stackSize: STACK_SIZE };
    case 'ptr_only':
      return { stack: STACK, stackSize: 0 };
    case 'size_only':
      return { stack: 0, stackSize: STACK_SIZE };
    case 'kernel':
      return { stack: 0xffff_8000_0000_0000, stackSize: 4096 };
    case 'wrap':
      return { stack: 2 ** 64 - 4096, stackSize: 8192 };
    case 'unmapped':
      return { stack: 0x10000, stackSize: 4096 };
    case 'odd':
      return { stack: STACK + 3, stackSize: 4001 };
    default:
      return { stack: 0, stackSize: 0 };
  }
}

function cgroupFd(kind: Json | undefined): number {
  const numbers: Readonly<Record<string, number>> = {
    valid: CGROUP_FD,
    root: CGROUP_FD + 1,
    notcgroup: CGROUP_FD + 2,
    badfd: 999,
    neg: 2 ** 64 - 1,
    big: 2 ** 31,
  };
  return numbers[String(kind)] ?? 0;
}

function pointer(kind: Json | undefined, word: { value: number }): UserPointer {
  if (kind === 'valid') return word;
  return kind === 'bad' ? 'unmapped' : null;
}

/** `same` is the address of the parent's word. */
function pidfdPointer(row: Fields, { pidfd, parentTid }: Words): UserPointer {
  if (row['pidfd'] !== 'same') return pointer(row['pidfd'], pidfd);
  return parentTid;
}

/** The process that makes a row's call, in the state the row describes. */
function callerOf(row: Fields): { kernel: Kernel; caller: Task } {
  const kernel = boot({ possibleCpuCount: 2, pidMax: 32_768 });
  let caller = must(fork(kernel, kernel.init));
  for (let level = 0; level < Number(row['level'] ?? 1); level++) {
    const args = { flags: cloneFlags('CLONE_NEWPID'), exitSignal: SIGNALS.SIGCHLD };
    const init = must(clone3(kernel, caller, { args }));
    caller = must(fork(kernel, init));
  }
  prepareCgroups(kernel, caller);
  if (row['unshare_newpid'] !== undefined) prepareNamespace(kernel, caller, row);
  caller.cred = credOf(caller.cred, row);
  return { kernel, caller };
}

function prepareCgroups({ cgroupRoots }: Kernel, caller: Task): void {
  const wanted = cgroupRoots.unified.makeChild('wanted');
  assert(wanted instanceof Cgroup, 'the first group of a new tree can be made');
  installCgroup(caller.files!, CGROUP_FD, wanted);
  installCgroup(caller.files!, CGROUP_FD + 1, cgroupRoots.unified);
}

function prepareNamespace(kernel: Kernel, caller: Task, row: Fields): void {
  const refusal = unshare(kernel, caller, CLONE_FLAGS.CLONE_NEWPID);
  assert(refusal === undefined, 'root may make a namespace');
  if (row['unshare_newpid'] !== 2) return;
  const init = must(fork(kernel, caller));
  exitGroupWith(kernel, init, 0);
  assert(typeof wait4(kernel, caller, -1) === 'object', 'the child has died');
}

function credOf(cred: Task['cred'], row: Fields): Task['cred'] {
  const uid = row['uid'];
  if (uid === undefined) return cred;
  const id = Number(uid);
  const names = (row['caps'] ?? []) as readonly CapabilityName[];
  const caps = names.reduce((all, name) => all | (1n << BigInt(CAPABILITIES[name])), 0n);
  return {
    ...cred,
    uid: id,
    euid: id,
    suid: id,
    fsuid: id,
    capPermitted: caps,
    capEffective: caps,
  };
}

function must<T>(result: T): Exclude<T, { ok: false }> {
  assert(!isRefusal(result), 'the state of a row can be made');
  return result as Exclude<T, { ok: false }>;
}

/** Capabilities that rows name. @see include/uapi/linux/capability.h */
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_ADMIN: 12,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
  CAP_CHECKPOINT_RESTORE: 40,
} as const;

type CapabilityName = keyof typeof CAPABILITIES;
