// `npm run generate`: writes anew what is written from the sources and from recordings: docs/sources.md and, where
// there are recordings, docs/fidelity.md.
import '../run/node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node, root } from '../run/command.mjs';
import { makeReady } from '../run/ready.mjs';

await makeReady();
const script = (name) => join(import.meta.dirname, `${name}.mjs`);
const recordings = process.env.FORKLESS_TRUTH ?? join(root, '..', 'shared', 'truth');
process.exitCode = await node(script('sources'));
if (existsSync(recordings)) process.exitCode ||= await node(script('fidelity'));
else console.log('docs/fidelity.md stays as it is: FORKLESS_TRUTH names no recordings');
