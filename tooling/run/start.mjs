// `npm start`: shows the machine it runs on and runs every experiment, leaving CSV files and a page
// under out/. With arguments it is the command itself: `npm start -- run pidmap-lock --seed 7`.
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node, root } from './command.mjs';
import { makeReady } from './ready.mjs';

const forkless = (...args) => node(join(root, 'apps', 'bench', 'bin', 'forkless.js'), ...args);
const fallbackPreset = 'epyc-2s-nps4';

async function showMachine() {
  if (existsSync('/sys/devices/system/cpu')) {
    const status = await forkless('topology', 'host', '--text');
    if (status === 0) return 0;
    console.log(
      `This machine's /sys cannot be read (see above); showing the preset ${fallbackPreset}.`,
    );
  } else {
    console.log(`This machine has no /sys to read; showing the preset ${fallbackPreset}.`);
  }
  return forkless('topology', fallbackPreset, '--text');
}

await makeReady();
const args = process.argv.slice(2);
if (args.length > 0) {
  process.exitCode = await forkless(...args);
} else {
  process.exitCode = (await showMachine()) || (await forkless('run', 'all', '--out', 'out'));
}
