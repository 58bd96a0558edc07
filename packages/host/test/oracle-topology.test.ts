// What sysfs says in few words, and what `@forkless/topology` makes of all of it.
import { readSysfs } from '@forkless/topology';
import { readHostFiles } from '@forkless/topology/node';
import { expect, test } from 'vitest';
import { askTopology } from '../src/index.ts';

test('the model of this machine has the nodes and CPUs that the kernel names', (context) => {
  const facts = askTopology();
  if ('errno' in facts) return context.skip(`this kernel shows no nodes: ${facts.reason}`);
  const machine = readSysfs(readHostFiles());
  expect(machine.cpus).toEqual(facts.cpus);
  for (const { node, cpus } of facts.nodes) {
    expect(cpus.map((cpu) => machine.nodeOfCpu(cpu))).toEqual(cpus.map(() => node));
  }
});
