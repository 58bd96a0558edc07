// Making the child's task, as part of a spawn: copy_process as it stands, or a list of its stages with
// some of them left out or replaced.

import { refuse } from '@forkless/errors';
import { path, type PathPart } from '@forkless/sim';
import {
  CLONE_STAGES,
  copyProcessPath,
  forkArgs,
  staged,
  type CloneCall,
  type CloneStage,
  type KernelCloneArgs,
} from '@forkless/task';
import { change } from '@forkless/sim';
import { focus } from '../path/focus.ts';
import { step, type SpawnPart, type Who } from '../path/steps.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';

/** The arguments of a clone that a spawn makes, from its request. */
export type ArgsOf = (call: SpawnCall) => Partial<KernelCloneArgs>;

const PLAIN = forkArgs();

/** Field by field, as it is done for every spawn. */
function argsFrom(wanted: Partial<KernelCloneArgs>): KernelCloneArgs {
  return {
    flags: wanted.flags ?? PLAIN.flags,
    highFlags: wanted.highFlags ?? PLAIN.highFlags,
    exitSignal: wanted.exitSignal ?? PLAIN.exitSignal,
    pidfd: wanted.pidfd ?? PLAIN.pidfd,
    parentTid: wanted.parentTid ?? PLAIN.parentTid,
    childTid: wanted.childTid ?? PLAIN.childTid,
    tls: wanted.tls ?? PLAIN.tls,
    setTid: wanted.setTid ?? PLAIN.setTid,
    cgroup: wanted.cgroup ?? PLAIN.cgroup,
  };
}

/** EINVAL for a control group that no descriptor can be, which clone3 looks at before all else. */
function begin(call: SpawnCall, name: string, args: KernelCloneArgs): StepAnswer {
  if (args.cgroup < 0) return refuse('EINVAL', 'no descriptor of a control group');
  call.beginClone(name, args);
  return undefined;
}

/** The whole of copy_process, by a call of that name. */
export function cloneSteps(who: Who, name: string, args: ArgsOf): SpawnPart[] {
  return [
    ...step(who, name, (call) => begin(call, name, argsFrom(args(call)))),
    focus(copyProcessPath(), (call: SpawnCall) => call.clone),
    change('the task is the child', (call) => call.takeChild()),
  ];
}

/** What a proposal does with the stages of copy_process: a stage by name is replaced, or left out. */
export type StageChanges = Readonly<
  Record<string, Pick<CloneStage, 'steps' | 'undo'> | 'left out'>
>;

/** copy_process with some of its stages changed. */
export function changedCloneSteps(
  who: Who,
  name: string,
  args: ArgsOf,
  changes: StageChanges,
): SpawnPart[] {
  const stages = CLONE_STAGES.flatMap((stage): CloneStage[] => {
    const wanted = changes[stage.name];
    if (wanted === 'left out') return [];
    return [wanted === undefined ? stage : { name: stage.name, ...wanted }];
  });
  const last: PathPart<CloneCall>[] = [
    change('check that the caller is not killed', (call) => call.checkKilled()),
    change('publish the task', (call) => call.publish()),
  ];
  return [
    ...step(who, name, (call) => call.beginClone(name, argsFrom(args(call)))),
    change('check for signals', (call) => call.clone.checkSignals()),
    focus(path('copy_process, changed', ...staged(stages, last)), (call: SpawnCall) => call.clone),
    change('the task is the child', (call) => call.takeChild()),
  ];
}
