import { describe, expect, test } from 'vitest';
import { read } from './read.ts';

const perf = (comm: string, tid: number, time: string, event: string) =>
  `${comm.padStart(16)} ${String(tid).padStart(5)} [001] ${time.padStart(12)}: ${event}`;
const ftrace = (comm: string, tid: number, time: string, event: string) =>
  `${comm.padStart(16)}-${String(tid).padEnd(7)} [001] ..... ${time.padStart(12)}: ${event}`;
const lines = (...all: string[]) => `${all.join('\n')}\n`;

const exec = (pid: number, old = pid, path = '/bin/true') =>
  `sched_process_exec: filename=${path} pid=${pid} old_pid=${old}`;
const newtask = (child: number, flags: string, comm = 'sh') =>
  `task_newtask: pid=${child} comm=${comm} clone_flags=${flags} oom_score_adj=0`;
const fork = (pid: number, child: number) =>
  `sched_process_fork: comm=sh pid=${pid} child_comm=sh child_pid=${child}`;
const exit = (pid: number, dead?: boolean) =>
  `sched_process_exit: comm=sh pid=${pid} prio=120${dead === undefined ? '' : ` group_dead=${dead}`}`;

describe.each([
  ['perf script', (c: string, t: number, s: string, e: string) => perf(c, t, s, `sched:${e}`)],
  ['ftrace', ftrace],
])('%s', (_, line) => {
  test('a process is made by newtask and fork together, at the time of the latter', () => {
    const { events } = read(
      'tracepoint',
      lines(line('sh', 1, '1.0', newtask(2, '1200000')), line('sh', 1, '1.5', fork(1, 2))),
    );
    expect(events).toEqual([
      {
        kind: 'create',
        timeNs: 5e8,
        calledNs: 0,
        tid: 1,
        child: 2,
        isThread: false,
        api: 'newtask',
        flags: '1200000',
      },
    ]);
  });

  test.each([
    'a 1 [0] 1.0: x:',
    'kworker/0:1-ev',
    '[001]  9.9: y:',
    'x-12 [003]',
    'a: b: c',
    'pid=3 prio=1',
    'ä pid=3',
  ])('the command %j does not mislead', (comm) => {
    const padded = ' '.repeat(Math.max(0, 16 - new TextEncoder().encode(comm).length)) + comm;
    const text = lines(
      line('', 7, '1.0', newtask(8, '4100', comm)).replace(/^ {16}/, padded),
      line('', 7, '1.1', `sched_process_fork: comm=${comm} pid=7 child_comm=${comm} child_pid=8`),
      line('', 8, '1.2', exec(8, 8, `/a b/pid=5 old_pid=6 ${comm}`)),
      line('', 8, '1.3', `sched_process_exit: comm=${comm} pid=8 prio=120 group_dead=true`),
    );
    const { events, problems } = read('tracepoint', text);
    expect(problems).toEqual([]);
    expect(events).toMatchObject([
      { kind: 'create', tid: 7, child: 8, flags: '4100' },
      { kind: 'exec', tid: 8, oldTid: 8, path: `/a b/pid=5 old_pid=6 ${comm}` },
      { kind: 'exit', tid: 8, isGroupDead: true },
    ]);
  });

  test('the leader ends where another thread calls exec, and the process goes on', () => {
    const { records, statistics } = read(
      'tracepoint',
      lines(
        line('sh', 1, '1.0', newtask(2, '1200000')),
        line('sh', 1, '1.1', fork(1, 2)),
        line('sh', 2, '1.2', newtask(3, '3d0f00')),
        line('sh', 2, '1.3', fork(2, 3)),
        line('sh', 2, '1.4', exit(2, false)),
        line('echo', 2, '1.5', exec(2, 3)),
        line('echo', 2, '1.6', exit(2, true)),
      ),
    );
    expect(statistics).toMatchObject({
      createdProcesses: 1,
      createdThreads: 1,
      execByNonLeader: 1,
    });
    expect(records.find(({ pid }) => pid === 2)).toMatchObject({
      leaderEndNs: 4e8,
      endNs: 6e8,
      execCount: 1,
      execCountOfLeader: 0,
    });
  });

  test('without newtask a thread is told by what it leaves behind', () => {
    const { statistics, summary } = read(
      'tracepoint',
      lines(
        line('sh', 1, '1.0', exec(1)),
        line('sh', 1, '1.1', fork(1, 2)),
        line('sh', 1, '1.2', fork(1, 3)),
        line('sh', 2, '1.3', exit(2, false)),
        line('sh', 3, '1.4', exit(3, true)),
        line('sh', 1, '1.5', exit(1, true)),
      ),
    );
    expect(statistics).toMatchObject({ createdProcesses: 1, createdThreads: 1 });
    expect(summary.warnings.join()).toContain('task:task_newtask');
  });

  test('without fork a process is made by newtask alone', () => {
    const { statistics } = read(
      'tracepoint',
      lines(line('sh', 1, '1.0', newtask(2, '4100')), line('sh', 2, '1.1', exec(2))),
    );
    expect(statistics).toMatchObject({ createdProcesses: 1, forkWithoutExec: 0 });
  });

  test('what is malformed is a problem with its place', () => {
    const text = lines(
      line('sh', 1, '1.0', exec(1)),
      line('sh', 1, '1.0', 'sched_process_exec: filename=/bin/true pid=1'),
      line('sh', 1, '1.0', newtask(9_999_999, '4100')),
      line('sh', 1, '1.0', newtask(9, 'xyz')),
      'no line at all',
      line('sh', 1, '1.0', 'sched_wakeup: comm=x pid=3'),
    );
    const { problems, summary } = read('tracepoint', text);
    expect(problems.map(({ line: at }) => at)).toEqual([2, 3, 4, 5]);
    expect(summary.counts['sched_wakeup']).toBe(1);
    expect(() => read('tracepoint', text, { strict: true })).toThrow(/^log:2: /);
  });
});

test('heads of old kernels, of trace-cmd, with a thread group, and with blanks taken away', () => {
  const heads = [
    'bash-1 [001] .... 1.000000: ',
    '            bash-1     (     77) [001] d..1. 1.000000: ',
    '            bash-1     (-------) [001] ..... 1.000000: ',
    '           <...>-1     [001]     1.000000: ',
    'bash 1 [001] 1.000000: sched:',
    '            bash    77/1     [001] 1.000000: sched:',
  ];
  for (const head of heads) {
    expect(read('tracepoint', `${head}${exec(1)}`)).toMatchObject({
      problems: [],
      events: [{ kind: 'exec', tid: 1 }],
    });
  }
});

test('comments, call chains and headers are passed over, lost events are said', () => {
  const { problems, summary } = read(
    'tracepoint',
    lines(
      '# tracer: nop',
      'cpus=2',
      '',
      perf('sh', 1, '1.0', exec(1)),
      '\tffffffff8110 do_exec+0x1 ([kernel.kallsyms])',
      'CPU:1 [LOST 12 EVENTS]',
    ),
  );
  expect(problems).toEqual([]);
  expect(summary.warnings.join()).toContain('lost');
});
