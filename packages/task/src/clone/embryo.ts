// A task that is not there yet: it has its parts, can be given files, credentials and a program, and is
// found by nobody, counted for nobody and numbered by nobody until it is started.

import type { Refusal } from '@forkless/errors';
import { Pid } from '@forkless/pid';
import { attempt, change, compile, deedOf, path, perform, type Deed } from '@forkless/sim';
import { copyCred } from '../cred/cred.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Sighand } from '../signal/sighand.ts';
import { copyFs, createFiles, putFiles, putFs } from '../task/parts.ts';
import { SCHED } from '../task/sched-fields.ts';
import { Task } from '../task/task.ts';
import { ThreadGroup } from '../task/thread-group.ts';
import { CLONE_HIGH } from '../uapi/clone-flags.ts';
import { forkArgs } from './clone-args.ts';
import { CloneCall, type CloneErrno } from './clone-call.ts';
import { joinKernel } from './publish.ts';

/**
 * A task with nothing of its own but what a process cannot be without: the maker's credentials, limits,
 * root and directory. No descriptors, no memory, no handlers, no ignored signals, ordinary scheduling.
 */
export function createEmbryo(maker: Task): Task {
  const group = new ThreadGroup(maker.group.rlimits);
  const embryo = new Task({
    // As the idle task's: a struct pid that no table holds.
    pid: new Pid(maker.nsproxy.pidForChildren, 0),
    group,
    sighand: new Sighand(),
    mm: null,
    files: createFiles({ knowsClofork: maker.files?.knowsClofork ?? false }),
    fs: copyFs(maker.fs!),
    cred: copyCred(maker.cred),
    nsproxy: maker.nsproxy,
    cgroups: maker.cgroups,
    sched: {
      policy: SCHED.SCHED_OTHER,
      priority: 0,
      nice: 0,
      resetOnFork: false,
      affinity: maker.sched.affinity,
    },
    comm: '',
  });
  embryo.noNewPrivs = maker.noNewPrivs;
  embryo.node = maker.node;
  embryo.parent = maker;
  group.leader = embryo;
  group.threads.push(embryo);
  group.live = 1;
  group.oomScoreAdj = maker.group.oomScoreAdj;
  return embryo;
}

/** What starting works on: the call, whose parts are the embryo's, and the embryo. */
interface Start {
  readonly call: CloneCall;
  readonly embryo: Task;
}

/**
 * Starting as a list of steps: what copy_process does from the limits on, for a task whose parts are there.
 * @see kernel/fork.c, copy_process(), v6.18
 */
const START: Deed<Start> = deedOf(
  compile(
    path<Start>(
      'start',
      change('count for the user', ({ call }) => call.parts.ucounts!.addTasks(1)),
      attempt(
        'the count',
        [
          change('check the number of tasks', ({ call }) => call.checkTaskCount()),
          change('allocate the pid', ({ call }) => call.allocPid()),
          attempt(
            'the pid',
            [
              change('ask the control groups', ({ call }) => call.canFork()),
              attempt(
                'the control groups',
                [
                  change('check that the caller is not killed', ({ call }) => call.checkKilled()),
                  change('publish the task', publish),
                ],
                [change('take the control groups back', ({ call }) => call.cancelFork())],
              ),
            ],
            [change('free the pid', ({ call }) => call.freePid())],
          ),
        ],
        [change('drop the count', ({ call }) => call.dropCreds())],
      ),
    ),
  ),
);

function publish({ call, embryo }: Start): void {
  const { kernel, caller, parts, args } = call;
  embryo.pid = parts.pid!;
  embryo.cgroups = parts.cgroups!;
  embryo.group.threads.length = 0;
  embryo.group.live = 0;
  joinKernel(kernel, embryo, caller, args);
}

/**
 * The embryo becomes a child of `maker`, in the control group open under `cgroup` if one is given. After a
 * refusal (EAGAIN, ENOMEM, EINTR, and what a control group refuses) it is what it was.
 */
export function startEmbryo(
  kernel: Kernel,
  embryo: Task,
  maker: Task,
  cgroup?: number,
): Refusal<CloneErrno> | undefined {
  const call = new CloneCall(kernel, false);
  const plain = forkArgs();
  const into = { highFlags: CLONE_HIGH.CLONE_INTO_CGROUP, cgroup: cgroup ?? 0 };
  call.begin(maker, cgroup === undefined ? plain : { ...plain, ...into });
  call.parts.cred = embryo.cred;
  call.parts.nsproxy = embryo.nsproxy;
  call.parts.ucounts = kernel.ucounts.of(embryo.cred.userNs, embryo.cred.uid);
  return perform(START, { call, embryo }) as Refusal<CloneErrno> | undefined;
}

/** An embryo that will never start gives back what it holds. */
export function dropEmbryo(embryo: Task): void {
  const { files, fs, mm } = embryo;
  if (files !== null) putFiles(files);
  if (fs !== null) putFs(fs);
  mm?.put();
  embryo.files = null;
  embryo.fs = null;
  embryo.mm = null;
  embryo.exiting = true;
  embryo.exitState = 'dead';
}
