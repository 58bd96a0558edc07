import { library } from '../../tooling/tsup/library.ts';

export default library({ entry: ['src/index.ts', 'src/cli.ts', 'src/threads/worker.ts'] });
