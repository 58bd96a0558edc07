import { describe, expect, test } from 'vitest';
import { read } from './read.ts';

const FORK = 'flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD';
const THREAD = 'flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM';
/** Lines in which second 10 is one since 1970. */
const lines = (...all: string[]) => `${all.join('\n')}\n`.replace(/ 10\./g, ' 1700000010.');
const created = (text: string) => {
  const { statistics } = read('strace', text);
  return [statistics.createdProcesses, statistics.createdThreads, statistics.createRefused];
};

describe('one line of strace', () => {
  test.for<[string, string, object]>([
    [
      'fork of glibc, its exit signal among the flags',
      `1 10.000001 clone(child_stack=NULL, ${FORK}, child_tidptr=0x7f) = 2 <0.0001>`,
      { kind: 'create', tid: 1, child: 2, isThread: false, api: 'clone', flags: FORK.slice(6) },
    ],
    [
      'posix_spawn of glibc',
      '1 10.0 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f, stack_size=0x9000}, 88) = 2',
      { kind: 'create', child: 2, isThread: false, api: 'clone3', flags: 'CLONE_VM|CLONE_VFORK' },
    ],
    [
      'a thread with an out part',
      `1 10.0 clone3({${THREAD}, exit_signal=0, tls=0x7f} => {parent_tid=[2]}, 88) = 2`,
      { kind: 'create', child: 2, isThread: true, api: 'clone3' },
    ],
    [
      'a thread of a Go runtime',
      `1 10.0 clone(child_stack=0xc000, ${THREAD}|CLONE_SETTLS, tls=0xc0) = 2`,
      { kind: 'create', child: 2, isThread: true, api: 'clone' },
    ],
    ['vfork', '1 10.0 vfork() = 2', { kind: 'create', child: 2, api: 'vfork', flags: 'vfork()' }],
    [
      'a retried clone',
      `1 10.0 clone(child_stack=NULL, ${FORK}) = ? ERESTARTNOINTR (To be restarted) <0.0001>`,
      { kind: 'create-refused', api: 'clone', errno: 'ERESTARTNOINTR' },
    ],
    [
      'a clone out of pids',
      `1 10.0 clone(child_stack=NULL, ${FORK}) = -1 EAGAIN (Resource temporarily unavailable)`,
      { kind: 'create-refused', errno: 'EAGAIN' },
    ],
    [
      'a child in another pid namespace',
      "1 10.0 vfork() = 2 /* 18286 in strace's PID NS */ <0.0001>",
      { kind: 'create', child: 18286 },
    ],
    [
      'an exec with everything in its strings that ends a line elsewhere',
      '1 10.0 execve("/a \\"b\\" = 7 <unfinished ...> <0.1>", ["x) = -1 ENOENT (", "y"...], 0x7f /* 39 vars */) = 0 <0.0002>',
      { kind: 'exec', tid: 1, oldTid: 1, path: '/a "b" = 7 <unfinished ...> <0.1>' },
    ],
    [
      'an exec with octal and control characters',
      '1 10.0 execve("/a\\n\\303\\244\\x41", [], 0x7f) = -1 ENOENT (No such file or directory)',
      { kind: 'exec-refused', path: '/a\n\u00c3\u00a4A', errno: 'ENOENT' },
    ],
    [
      'execveat',
      '1 10.0 execveat(3, "", ["x"], 0x7f, AT_EMPTY_PATH) = 0',
      { kind: 'exec', path: '' },
    ],
    ['an end', '1 10.0 +++ exited with 3 +++', { kind: 'exit', tid: 1, code: 3 }],
    [
      'a death',
      '1 10.0 +++ killed by SIGSEGV (core dumped) +++',
      { kind: 'exit', signal: 'SIGSEGV' },
    ],
    ['a prefix of a terminal', '[pid  77] 10.0 vfork() = 2', { kind: 'create', tid: 77 }],
    [
      'a command after the pid',
      '77<sh> 10.0 vfork() = 2<sh>',
      { kind: 'create', tid: 77, child: 2 },
    ],
  ])('%s', ([, line, expected]) => {
    const { events, problems } = read('strace', `${line}\n`);
    expect(problems).toEqual([]);
    expect(events.at(-1)).toMatchObject(expected);
  });

  test.for<string>([
    '1 10.0 execve("/a", [], 0x7f',
    '1 10.0 +++ exited with many +++',
    '1 10.0 --- SIGCHLD',
    'binary \u0000\u0001\ufffd',
    '99999999 10.0 vfork() = 2',
    '1 10.0 vfork() = 9999999999',
    '1 10.0 vfork() = 0',
    '1 10.0 <... vfork>',
  ])('%j is a problem with its place, and ends a strict reading', (line) => {
    const text = lines('1 9.0 vfork() = 7', line, '1 11.0 vfork() = 8');
    const { problems, events } = read('strace', text);
    expect(problems).toMatchObject([{ file: 'log', line: 2 }]);
    expect(events.filter(({ kind }) => kind === 'create')).toHaveLength(2);
    expect(() => read('strace', text, { strict: true })).toThrow(/^log:2: expected .*got/);
  });
});

describe('calls in two halves', () => {
  test('are joined by task and name, the flags being in the first', () => {
    const text = lines(
      `1 10.0 clone3({${THREAD}, exit_signal=0} <unfinished ...>`,
      '2 10.1 vfork( <unfinished ...>',
      '1 10.2 <... clone3 resumed> => {parent_tid=[3]}, 88) = 3 <0.2>',
      '2 10.3 <... vfork resumed>) = 4 <0.2>',
    );
    expect(created(text)).toEqual([1, 1, 0]);
  });

  test('a clone that is to be restarted makes nothing, its second try does', () => {
    const text = lines(
      `1 10.0 clone(child_stack=NULL, ${FORK} <unfinished ...>`,
      '1 10.1 <... clone resumed>, child_tidptr=0x7f) = ? ERESTARTNOINTR (To be restarted) <0.1>',
      '1 10.2 --- SIGCHLD {si_signo=SIGCHLD, si_pid=9} ---',
      `1 10.3 clone(child_stack=NULL, ${FORK}, child_tidptr=0x7f) = 2 <0.1>`,
    );
    expect(created(text)).toEqual([1, 0, 1]);
  });

  test('a vforked child is linked though all of its life comes before the return', () => {
    const { records, statistics, warnings } = read(
      'strace',
      lines(
        '1 10.0 execve("/bin/sh", ["sh"], 0x7f) = 0',
        '1 10.1 vfork( <unfinished ...>',
        '2 10.2 execve("/bin/no", ["no"], 0x7f) = -1 ENOENT (No such file or directory)',
        '2 10.3 exit_group(127) = ?',
        '2 10.4 +++ exited with 127 +++',
        '1 10.5 <... vfork resumed>) = 2 <0.4>',
        '1 10.6 +++ exited with 0 +++',
      ),
    );
    expect(warnings).toEqual([]);
    expect(records.find(({ pid }) => pid === 2)).toMatchObject({
      parent: { pid: 1, incarnation: 0 },
      api: 'vfork',
      startNs: 0.2e9,
      endNs: 0.4e9,
      exitCode: 127,
      execRefusedCount: 1,
    });
    expect(statistics).toMatchObject({ peakLiveProcesses: 2, forkWithoutExec: 1 });
  });

  test('a thread that runs before its clone returns was never a process', () => {
    const { statistics } = read(
      'strace',
      lines(
        '1 10.0 execve("/bin/x", ["x"], 0x7f) = 0',
        `1 10.1 clone3({${THREAD}, exit_signal=0} <unfinished ...>`,
        '2 10.2 exit(0) = ?',
        '2 10.3 +++ exited with 0 +++',
        '1 10.4 <... clone3 resumed> => {parent_tid=[2]}, 88) = 2 <0.3>',
        '1 10.5 +++ exited with 0 +++',
      ),
    );
    expect(statistics).toMatchObject({
      createdProcesses: 0,
      createdThreads: 1,
      peakLiveProcesses: 1,
    });
  });

  test('the end of another call than was begun is a problem', () => {
    const text = lines('1 10.0 vfork( <unfinished ...>', '1 10.1 <... clone resumed>) = 5 <0.1>');
    expect(read('strace', text).problems).toMatchObject([{ line: 2 }]);
  });

  test('a log that starts in the middle of a call is fine', () => {
    const { problems, statistics } = read('strace', '1 10.1 <... vfork resumed>) = 5 <0.1>\n');
    expect(problems).toEqual([]);
    expect(statistics.createdProcesses).toBe(1);
  });
});

test('a thread that calls exec goes on as its leader', () => {
  const { records, statistics, summary } = read(
    'strace',
    lines(
      '1 10.0 execve("/bin/py", ["py"], 0x7f) = 0',
      `1 10.1 clone(child_stack=NULL, ${FORK}, child_tidptr=0x7f) = 2 <0.1>`,
      `2 10.2 clone3({${THREAD}, exit_signal=0} => {parent_tid=[3]}, 88) = 3 <0.1>`,
      '3 10.3 execve("/bin/echo", ["echo"], 0x7f /* 39 vars */ <pid changed to 2 ...>',
      '2 10.4 +++ superseded by execve in pid 3 +++',
      '2 10.5 <... execve resumed>) = 0 <0.2>',
      '2 10.6 +++ exited with 0 +++',
    ),
  );
  expect(summary.counts).toEqual({ superseded: 1 });
  expect(statistics).toMatchObject({ forkWithoutExec: 0, execByNonLeader: 1, execOk: 2 });
  expect(records.find(({ pid }) => pid === 2)).toMatchObject({
    execs: [{ path: '/bin/echo' }],
    threadCount: 1,
    endNs: 0.6e9,
  });
});

describe('pids', () => {
  test('name somebody new once their process has ended', () => {
    const { records } = read(
      'strace',
      lines(
        '1 10.0 vfork() = 2',
        '2 10.1 +++ exited with 0 +++',
        '1 10.2 vfork() = 2',
        '2 10.3 +++ exited with 1 +++',
      ),
    );
    expect(records.filter(({ pid }) => pid === 2)).toMatchObject([
      { incarnation: 0, exitCode: 0, isCreated: true },
      { incarnation: 1, exitCode: 1, isCreated: true },
    ]);
  });

  test('of another namespace are warned of', () => {
    const { warnings } = read(
      'strace',
      lines('100 10.0 vfork() = 2', '101 10.1 +++ exited with 0 +++', '100 10.2 vfork() = 2'),
    );
    expect(warnings.join(' ')).toMatch(/--decode-pids=pidns/);
    expect(warnings.join(' ')).toMatch(/several namespaces/);
  });

  test('an old task is not taken for the child of a later call', () => {
    const { records } = read(
      'strace',
      lines('5 10.0 +++ exited with 9 +++', '1 10.1 vfork() = 5', '5 10.2 +++ exited with 0 +++'),
    );
    expect(records.filter(({ pid, isCreated }) => pid === 5 && isCreated)).toMatchObject([
      { exitCode: 0, incarnation: 1 },
    ]);
  });
});

describe('times', () => {
  const wall = (...heads: string[]) => {
    const { summary, problems } = read(
      'strace',
      lines(...heads.map((head) => `${head} exit(0) = ?`)),
    );
    expect(problems).toEqual([]);
    return summary.wallNs;
  };

  test('since 1970 are exact to the nanosecond', () => {
    expect(wall('1 1795206878.612373', '1 1795206878.612374001')).toBe(1001);
  });
  test('of day go on over midnight', () => {
    expect(wall('1 23:59:59.500000', '1 00:00:00.250000')).toBe(750_000_000);
    expect(wall('1 23:59:59', '1 00:00:01')).toBe(2e9);
  });
  test('since the line before are summed up', () => {
    expect(wall('     0.000000', '     0.999999', '     0.000002')).toBe(1_000_001_000);
  });
  test('may be missing, which is said', () => {
    const { summary, statistics } = read('strace', lines('1 vfork() = 2', '2 exit(0) = ?'));
    expect(statistics.createdProcesses).toBe(1);
    expect(summary.warnings.join(' ')).toContain('-ttt');
  });
});

test('words of strace itself are passed over', () => {
  const text = lines(
    'strace: Process 12 attached',
    '[ Process PID=12 runs in 32 bit mode. ]',
    '[pid    12] 10.0 vfork() = 3',
  );
  expect(read('strace', text)).toMatchObject({ problems: [], statistics: { createdProcesses: 1 } });
});
