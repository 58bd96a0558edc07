import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import { formatConsole, formatNumactl, readSysfs } from '../../src/index.ts';
import { readTarball } from '../../src/node/index.ts';

const withoutFree = (text: string) => text.replaceAll(/free: .*/g, 'free:');

describeRecorded('recorded machines', 'topology', (folder) => {
  const machines = readdirSync(folder).filter((name) =>
    existsSync(join(folder, name, 'input.tar.gz')),
  );

  test.for(machines)('%s is drawn as by lstopo', (name) => {
    const machine = readSysfs(readTarball(join(folder, name, 'input.tar.gz')));
    const drawn = readFileSync(join(folder, name, 'lstopo.console'), 'utf8');
    expect(formatConsole(machine.tree)).toBe(drawn);
  });

  test.for(machines.filter((name) => existsSync(join(folder, name, 'numactl-H.txt'))))(
    '%s is listed as by numactl',
    (name) => {
      const machine = readSysfs(readTarball(join(folder, name, 'input.tar.gz')));
      const listed = readFileSync(join(folder, name, 'numactl-H.txt'), 'utf8');
      expect(withoutFree(formatNumactl(machine))).toBe(withoutFree(listed));
    },
  );
});
