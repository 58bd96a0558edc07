// The time of replayed lives, held against the same steps run by the simulation.
import { SERVER_2025, type Path } from '@forkless/sim';
import { boot, fork, installProgram, mkdir, type Task } from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  costOfAll,
  endPath,
  mechanismNamed,
  MECHANISMS,
  replayProcesses,
  replayTime,
  SLICES,
  SpawnCall,
  type Mechanism,
  type RecordedProcess,
} from '../src/index.ts';
import { ledgerOf } from './figures.ts';

const root: RecordedProcess = {
  pid: 1,
  incarnation: 0,
  parent: undefined,
  isCreated: false,
  api: undefined,
  flags: '',
  startNs: 0,
  endNs: undefined,
  exitCode: undefined,
  execs: [],
  execRefusedCount: 0,
};
const child: RecordedProcess = {
  ...root,
  pid: 2,
  parent: root,
  isCreated: true,
  api: 'clone',
  flags: 'SIGCHLD',
  startNs: 1,
  endNs: 3,
  exitCode: 0,
  execs: [{ timeNs: 2, path: '/bin/sh' }],
};
const runsNothing: RecordedProcess = { ...child, execs: [] };

function timed(mechanism: Mechanism | undefined, one = child, parentMib = 0) {
  const kernel = boot();
  const replayed = replayProcesses([root, one], { mechanism, kernel, parentMib });
  expect(replayed).toMatchObject({ created: 1, refused: {} });
  return { spent: replayed.spent, ...replayTime(replayed, SERVER_2025) };
}

/** One spawn by the simulation, counted by figure. */
function simulated(mechanism: Mechanism, search?: string): Record<string, number> {
  const kernel = boot();
  const { cred, fs } = kernel.init;
  for (const place of ['/programs', '/programs/0']) mkdir({ cred, fs: fs!, node: 0 }, place, 0o755);
  expect(installProgram(kernel.init, '/programs/0/sh')).toBeUndefined();
  const parent = fork(kernel, kernel.init) as Task;
  const path = search === undefined ? '/programs/0/sh' : 'sh';
  const request = { path, argv: ['sh'], envp: [], ...(search === undefined ? {} : { search }) };
  const call = new SpawnCall(kernel, parent, request);
  const run = { 'exec.dynamic': 1, 'exec.library': 1, 'shell.dash': 1 };
  const spent: Record<string, number> = {};
  for (const steps of [mechanism.pathFor(request), endPath(run)]) addSimulated(spent, steps, call);
  return spent;
}

function addSimulated(spent: Record<string, number>, path: Path<SpawnCall>, call: SpawnCall): void {
  const { work, slabs } = ledgerOf(path, call);
  const add = (figure: string, times: number) => {
    if (times > 0) spent[figure] = (spent[figure] ?? 0) + times;
  };
  for (const [figure, times] of Object.entries(work)) add(figure, times);
  for (const { allocs, frees } of slabs) {
    add('slab.alloc', allocs);
    add('slab.free', frees);
  }
}

describe('the time of a replay', () => {
  test.each(MECHANISMS)('by $name is that of its steps, one by one', (mechanism) => {
    const { spent, ns } = timed(mechanism);
    expect(spent).toEqual(simulated(mechanism));
    expect(ns).toBeCloseTo(costOfAll(simulated(mechanism), SERVER_2025), 3);
  });

  test.each(MECHANISMS)('by $name with a search is too', (mechanism) => {
    const { spent } = timed(mechanism, { ...child, execRefusedCount: 2 });
    expect(spent).toEqual(simulated(mechanism, '/nowhere:/nowhere:/programs/0'));
  });

  test('is the sum of its parts', () => {
    const { ns, parts } = timed(undefined);
    expect(SLICES.reduce((sum, part) => sum + parts[part], 0)).toBeCloseTo(ns, 3);
  });

  test.each(MECHANISMS)('by $name grows with the parent where memory is copied', (mechanism) => {
    const grown = timed(mechanism, child, 100).ns - timed(mechanism).ns;
    expect(grown > 0).toBe(mechanism.name === 'fork-exec');
  });

  test.each([
    ['fork-exec', 'SIGCHLD'],
    ['vfork-exec', 'CLONE_VM|CLONE_VFORK|SIGCHLD'],
  ])('as recorded is that of %s but for files and calls', (name, flags) => {
    const recorded = timed(undefined, { ...child, flags, execRefusedCount: 2 }, 100);
    const served = timed(mechanismNamed(name), { ...child, execRefusedCount: 2 }, 100);
    const { files, calls, ...same } = served.parts;
    expect(recorded.parts).toMatchObject(same);
    expect(recorded.parts.files).toBeLessThanOrEqual(files);
    expect(recorded.parts.calls).toBeLessThanOrEqual(calls);
  });

  test('of what never runs a program is the same by every mechanism', () => {
    const asRecorded = timed(undefined, runsNothing, 100);
    for (const one of MECHANISMS) expect(timed(one, runsNothing, 100)).toEqual(asRecorded);
  });
});
