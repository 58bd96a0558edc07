// Brings a checkout to where its programs run: installed and built. Does nothing where that is so.
import { build } from './build.mjs';
import { install } from './install.mjs';

/** Ends the process with the status of the step that failed. */
export async function makeReady() {
  for (const step of [install, build]) {
    const status = await step();
    if (status !== 0) process.exit(status);
  }
}
