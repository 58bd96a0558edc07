// Processes in a scenario: fork, exec, exit, and what changes about the one that runs.
import { type Handler, retOf } from '../answer.ts';
import type { World } from '../world.ts';

function fork(world: World, sharesMm: boolean): void {
  const child = world.current.fork(world.takePid(), sharesMm);
  world.processes.set(child.pid, child);
  world.current = child;
}

const schedSetaffinity: Handler = (world, inputs) => {
  const { current, cpusets } = world;
  const allowed = cpusets.cpusFor(current);
  const cpus = inputs.integers('cpus').filter((cpu) => allowed.includes(cpu));
  if (cpus.length === 0) return { ret: -1, errno: 'EINVAL' };
  current.affinity = cpus;
  world.moveCpu(current, allowed);
  const { cpu, numa } = current.holder;
  return { ...retOf(0), cpu, node: numa.memory.shape.nodeOfCpu(cpu) };
};

const setresuid: Handler = ({ current }, inputs) => {
  const uid = inputs.count('uid');
  if (current.uid !== 0 && uid !== current.uid) return { ret: -1, errno: 'EPERM' };
  current.uid = uid;
  current.holder.hasCapSysNice = uid === 0;
  return retOf(0);
};

/** By call. `child_exit` answers nothing; the runner goes back to the parent. */
export const processCalls: Readonly<Record<string, Handler>> = {
  fork: (world) => {
    fork(world, false);
    return {};
  },
  clone_vm: (world) => {
    fork(world, true);
    return {};
  },
  execve: ({ current }) => {
    current.exec();
    return {};
  },
  sched_setaffinity: schedSetaffinity,
  setresuid,
  sleep: () => retOf(0),
};
