// Writes into each public package where the repository is that publishes it, as provenance asks for. It is
// taken from the workflow that runs, so that a fork names itself and nothing has to be kept up by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './report.mjs';
import { workspaces } from './workspace.mjs';

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;

if (server === undefined || repository === undefined) {
  report('', [
    'GITHUB_SERVER_URL and GITHUB_REPOSITORY name no repository; this runs in a workflow',
  ]);
} else {
  for (const { folder, manifest } of workspaces()) {
    if (manifest.private === true) continue;
    const file = join(folder, 'package.json');
    const parsed = JSON.parse(readFileSync(file, 'utf8'));
    parsed.repository = {
      type: 'git',
      url: `git+${server}/${repository}.git`,
      ...parsed.repository,
    };
    writeFileSync(file, `${JSON.stringify(parsed, null, 2)}\n`);
  }
  report(`the packages say they come from ${repository}`, []);
}
