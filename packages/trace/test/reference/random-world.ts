// A world of processes that fork, vfork, start threads, run programs and end at random, kept as plainly as
// can be; it knows its own figures and tells its story as strace and as perf script would.
import type * as fc from 'fast-check';

/** A number from 0 to below 1 for each decision. */
export type Choices = readonly number[];

interface Living {
  readonly tid: number;
  readonly group: Group;
}

interface Group {
  readonly leader: number;
  execs: number;
  readonly isRoot: boolean;
  /** A vforked child whose maker waits for it, with the maker's task. */
  waiter: number | undefined;
}

/** What a world amounts to, counted while it happened. */
export interface WorldFigures {
  createdProcesses: number;
  createdThreads: number;
  createRefused: number;
  execOk: number;
  execRefused: number;
  forkWithoutExec: number;
  processesWithTwoExecs: number;
  exitNonzero: number;
  peakLiveProcesses: number;
}

/** A story in both tongues, and its figures. */
export interface World {
  readonly strace: string;
  readonly perf: string;
  readonly figures: WorldFigures;
}

const PIDS = 12;
const FORK = 'flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD';
const THREAD = 'flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD';

/** Plays a world; the choices decide everything. Few pids, so that they come again. */
export function playWorld(choices: Choices): World {
  const strace: string[] = [];
  const perf: string[] = [];
  const figures: WorldFigures = {
    createdProcesses: 0,
    createdThreads: 0,
    createRefused: 0,
    execOk: 0,
    execRefused: 0,
    forkWithoutExec: 0,
    processesWithTwoExecs: 0,
    exitNonzero: 0,
    peakLiveProcesses: 1,
  };
  let now = 1000;
  let choice = 0;
  const next = (n: number) => Math.floor((choices[choice++ % choices.length] as number) * n);
  const root: Group = { leader: 1, execs: 0, isRoot: true, waiter: undefined };
  let living: Living[] = [{ tid: 1, group: root }];
  const all: Group[] = [];
  const time = () => {
    now += 1;
    return `1700000000.${String(now).padStart(6, '0')}`;
  };
  const st = (tid: number, body: string) => strace.push(`${tid} ${time()} ${body}`);
  const pf = (tid: number, body: string) =>
    perf.push(`${'a: [b] 1'.padStart(16)} ${tid} [000] ${(now / 1e6).toFixed(9)}: ${body}`);
  const groups = () => new Set(living.map(({ group }) => group));
  const waits = (tid: number) => [...groups()].some(({ waiter }) => waiter === tid);
  const freePid = () =>
    Array.from({ length: PIDS }, (_, i) => i + 2).find(
      (pid) => !living.some(({ tid }) => tid === pid),
    );

  const release = (group: Group) => {
    if (group.waiter === undefined) return;
    st(group.waiter, `<... vfork resumed>) = ${group.leader} <0.000100>`);
    group.waiter = undefined;
  };
  const exec = ({ tid, group }: Living) => {
    st(tid, `execve("/bin/a \\"b\\"", ["a) = 7"], 0x7f /* 3 vars */) = 0 <0.000100>`);
    pf(tid, `sched:sched_process_exec: filename=/bin/a "b" pid=${tid} old_pid=${tid}`);
    figures.execOk++;
    group.execs++;
    release(group);
  };
  const endOne = (one: Living, code: number) => {
    st(one.tid, `+++ exited with ${code} +++`);
    living = living.filter((other) => other !== one);
    const isDead = !living.some(({ group }) => group === one.group);
    pf(one.tid, `sched:sched_process_exit: comm=a pid=${one.tid} prio=120 group_dead=${isDead}`);
    if (one.tid !== one.group.leader) return;
    if (code !== 0) figures.exitNonzero++;
    release(one.group);
  };

  pf(1, 'sched:sched_process_exec: filename=/bin/root pid=1 old_pid=1');
  st(1, 'execve("/bin/root", ["root"], 0x7f /* 3 vars */) = 0 <0.000100>');
  figures.execOk++;
  root.execs++;
  for (let step = 0; step < choices.length; step++) {
    const free = living.filter(({ tid }) => !waits(tid));
    const one = free[next(free.length)];
    if (one === undefined) break;
    const { tid, group } = one;
    const isAlone = living.filter((other) => other.group === group).length === 1;
    const what = next(8);
    const child = freePid();
    if (what === 0 && isAlone) exec(one);
    else if (what === 1) {
      st(tid, 'execve("/no", ["no"], 0x7f /* 3 vars */) = -1 ENOENT (No such file or directory)');
      figures.execRefused++;
    } else if (what === 2) {
      st(tid, `clone(child_stack=NULL, ${FORK}) = ? ERESTARTNOINTR (To be restarted) <0.000100>`);
      figures.createRefused++;
    } else if (what <= 4 && child !== undefined) {
      const isTorn = next(2) === 1;
      const isVfork = next(2) === 1;
      const made: Group = { leader: child, execs: 0, isRoot: false, waiter: undefined };
      const call = isVfork ? 'vfork(' : `clone(child_stack=NULL, ${FORK}`;
      if (isVfork || isTorn) st(tid, `${call} <unfinished ...>`);
      else st(tid, `${call}, child_tidptr=0x7f) = ${child} <0.000100>`);
      pf(
        tid,
        `task:task_newtask: pid=${child} comm=x clone_flags=${isVfork ? '4100' : '1200000'} oom_score_adj=0`,
      );
      pf(tid, `sched:sched_process_fork: comm=x pid=${tid} child_comm=x child_pid=${child}`);
      living.push({ tid: child, group: made });
      figures.createdProcesses++;
      figures.peakLiveProcesses = Math.max(
        figures.peakLiveProcesses,
        [...groups()].filter(({ leader }) => living.some((other) => other.tid === leader)).length,
      );
      if (isVfork) made.waiter = tid;
      else if (isTorn) {
        if (next(2) === 1) st(child, 'execve("/no", ["no"], 0x7f) = -1 EACCES (Permission denied)');
        else st(child, '--- SIGCONT {si_signo=SIGCONT} ---');
        if (strace.at(-1)?.includes('execve')) figures.execRefused++;
        st(tid, `<... clone resumed>, child_tidptr=0x7f) = ${child} <0.000100>`);
      }
      all.push(made);
    } else if (what === 5 && child !== undefined && group.waiter === undefined) {
      st(
        tid,
        `clone3({${THREAD}, exit_signal=0} => {parent_tid=[${child}]}, 88) = ${child} <0.000100>`,
      );
      pf(tid, `task:task_newtask: pid=${child} comm=x clone_flags=3d0f00 oom_score_adj=0`);
      pf(tid, `sched:sched_process_fork: comm=x pid=${tid} child_comm=x child_pid=${child}`);
      living.push({ tid: child, group });
      figures.createdThreads++;
    } else if (what >= 6 && living.length > 1 && !(group.isRoot && tid === 1)) {
      const others = living.filter((other) => other.group === group && other !== one);
      const isBlocked = others.some((other) => waits(other.tid));
      // A leader that ends takes its threads with it, as exit_group does.
      if (tid === group.leader && isBlocked) continue;
      if (tid === group.leader) for (const other of others) endOne(other, 0);
      endOne(one, next(3) === 0 ? 1 : 0);
    }
  }
  // A vfork still in the air whose child did nothing yet could have failed for all that a strace shows.
  const canGoOn = ({ tid, group }: Living) =>
    group.waiter !== undefined && tid === group.leader && !waits(tid);
  for (let one = living.find(canGoOn); one !== undefined; one = living.find(canGoOn)) exec(one);
  for (const { execs } of all) {
    if (execs === 0) figures.forkWithoutExec++;
    if (execs >= 2) figures.processesWithTwoExecs++;
  }
  return { strace: `${strace.join('\n')}\n`, perf: `${perf.join('\n')}\n`, figures };
}

/** Arbitrary choices for `playWorld`. */
export function worldChoices(check: typeof fc): fc.Arbitrary<Choices> {
  const one = check.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  return check.array(one, { minLength: 10, maxLength: 400 });
}
