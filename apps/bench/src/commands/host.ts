// `forkless host`: asks the kernel that is really there.
import { examples, type AddCommand } from './command.ts';
import { addHostCalibrate } from './host/calibrate.ts';
import { addHostPredict } from './host/predict.ts';
import { addHostSpawn } from './host/spawn.ts';

/** Adds `host` with what it can ask. */
export const addHost: AddCommand = (program, context, end) => {
  const host = program
    .command('host')
    .summary('ask the kernel that is really there')
    .description('Measure the machine this runs on. What is timed here is never part of a model.')
    .addHelpText('after', examples('forkless host spawn', 'forkless host spawn --help'));
  addHostSpawn(host, context, end);
  addHostCalibrate(host, context, end);
  addHostPredict(host, context, end);
  for (const command of host.commands) command.copyInheritedSettings(host);
};
