// `npm run docs`: the documentation as a static folder, out/site, from the doc comments of all packages, their
// READMEs and the guides; then every link in it is followed.
import '../run/node-version.mjs';
import { join } from 'node:path';
import { installed, node, root } from '../run/command.mjs';
import { makeReady } from '../run/ready.mjs';

await makeReady();
const here = import.meta.dirname;
const site = join(root, 'out', 'site');
process.exitCode =
  (await node(installed('typedoc/bin/typedoc'), '--options', join(here, 'typedoc.json'))) ||
  (await node(join(here, 'links.mjs'), site));
if (process.exitCode === 0) console.log('out/site/index.html is the front page');
