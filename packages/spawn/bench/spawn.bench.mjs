// How many modelled spawns a second one core makes: a small parent that runs a program itself, one program, the child ends and is
// waited for. Prints each mechanism beside fork and exec.
import { performance } from 'node:perf_hooks';
import { boot, closeFd, execve, exitGroupWith, fork, installProgram, wait4 } from '@forkless/task';
import { MECHANISMS, spawn } from '@forkless/spawn';

const ROUNDS = 5;
const SPAWNS = 10_000;

const kernel = boot();
installProgram(kernel.init, '/tool');
const shell = fork(kernel, kernel.init);
execve(kernel, shell, { path: '/tool', argv: ['sh'], envp: [] });
const request = { path: '/tool', argv: ['tool'], envp: [] };

function perSecond(mechanism) {
  const begun = performance.now();
  for (let count = 0; count < SPAWNS; count++) {
    const made = spawn(kernel, shell, mechanism, request);
    if (made.pidfd !== undefined) closeFd(shell.files, made.pidfd);
    exitGroupWith(kernel, made.child, 0);
    wait4(kernel, shell, -1);
  }
  return SPAWNS / ((performance.now() - begun) / 1000);
}

for (const mechanism of MECHANISMS) perSecond(mechanism);
const medians = MECHANISMS.map((mechanism) => {
  const rates = Array.from({ length: ROUNDS }, () => perSecond(mechanism));
  return rates.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)];
});
console.log('mechanism            spawns/s   ratio to fork-exec');
MECHANISMS.forEach(({ name }, at) => {
  const rate = medians[at];
  console.log(`${name.padEnd(20)} ${Math.round(rate)}   ${(rate / medians[0]).toFixed(2)}`);
});
