import { IdrIds, PID_KERNELS } from '@forkless/pid';
import { SERVER_2025, withFigures } from '@forkless/sim';
import { simulatedMachine, profileOn } from './src/machine.ts';
import { threadChurn } from './src/experiments/pidmap-lock/thread-churn.ts';
const machine = simulatedMachine('epyc-1s-24');
const profile = withFigures(profileOn(machine, SERVER_2025), { 'transfer.contention': 1.148 });
for (const k of ['6.18', '7.0']) {
  const sim = threadChurn({
    machine,
    profile,
    kernel: PID_KERNELS[k],
    allocator: (end) => new IdrIds(end),
    processCount: 20,
    livePidCount: 400,
    falseSharing: true,
    seed: 1,
  });
  sim.run({ untilPs: 20e9 });
  for (let i = 1; i <= 3; i++) {
    const d = sim.doneCount,
      t = process.cpuUsage().user;
    const e = sim.run({ untilPs: 20e9 + i * 300e9 });
    const dt = (process.cpuUsage().user - t) / 1e6;
    console.log(
      k,
      Math.round((sim.doneCount - d) / dt),
      'pairs/s',
      (e / dt / 1e6).toFixed(1),
      'M ev/s',
      (e / (sim.doneCount - d)).toFixed(1),
      'ev/pair',
    );
  }
}
