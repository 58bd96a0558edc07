// `npm run demo`: builds the page and serves it on this machine alone, until Ctrl-C. `--port 8080` picks
// another port than 4173.
import './node-version.mjs';
import { join } from 'node:path';
import { installed, node, root } from './command.mjs';
import { makeReady } from './ready.mjs';

await makeReady();
process.exitCode = await node(
  installed('vite/bin/vite.js'),
  'preview',
  join(root, 'apps', 'demo'),
  '--host',
  '127.0.0.1',
  ...process.argv.slice(2),
);
