import { library } from '../../tooling/tsup/library.ts';

export default library({
  entry: [
    'src/index.ts',
    'src/cli.ts',
    'src/host/spawn-probe.ts',
    'src/threads/worker.ts',
    'src/sweep-worker.ts',
  ],
  // Optional dependencies, which tsup would build in otherwise.
  external: ['bullmq', 'ioredis'],
});
