// The shell around the command: the real terminal, the real lists, and a reader of our output that may go
// away before we are done.
import { presets } from '@forkless/topology';
import { suites } from './conform/suites.ts';
import { experiments } from './experiments/registry.ts';
import { main } from './main.ts';
import type { TextStream } from './terminal/terminal.ts';

const streamOf = (stream: NodeJS.WriteStream): TextStream => ({
  write: (text) => void stream.write(text),
  isTTY: stream.isTTY === true,
  columns: stream.columns,
});

// `forkless … | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

void main(process.argv.slice(2), {
  terminal: {
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    env: process.env,
    nowMs: () => performance.now(),
  },
  experiments,
  suites,
  presetNames: presets.map(({ name }) => name),
}).then((status) => {
  process.exitCode = status;
});
