// `npm test`: every test of every package, in one go; arguments are passed on to vitest
// (`npm test -- --project bitmap`). Tests reach sibling packages through dist, hence the build first.
import './node-version.mjs';
import { installed, node } from './command.mjs';
import { makeReady } from './ready.mjs';

await makeReady();
process.exitCode = await node(installed('vitest/vitest.mjs'), 'run', ...process.argv.slice(2));
