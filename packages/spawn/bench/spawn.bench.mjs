// How many modelled spawns a second one core makes: a small parent that runs a program itself, one program, the child ends and is
// waited for. With one request over and over, whose list of steps is made once, and with a new request each time, which has its
// list made for it. Prints each mechanism beside fork and exec; medians.
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

function perSecond(mechanism, asked) {
  const begun = performance.now();
  for (let count = 0; count < SPAWNS; count++) {
    const made = spawn(kernel, shell, mechanism, asked());
    if (made.pidfd !== undefined) closeFd(shell.files, made.pidfd);
    exitGroupWith(kernel, made.child, 0);
    wait4(kernel, shell, -1);
  }
  return SPAWNS / ((performance.now() - begun) / 1000);
}

const medians = (asked) => {
  for (const mechanism of MECHANISMS) perSecond(mechanism, asked);
  return MECHANISMS.map((mechanism) => {
    const rates = Array.from({ length: ROUNDS }, () => perSecond(mechanism, asked));
    return rates.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  });
};
const again = medians(() => request);
const anew = medians(() => ({ ...request }));
console.log('mechanism            spawns/s   ratio to fork-exec   a new request each time');
MECHANISMS.forEach(({ name }, at) => {
  const ratio = (again[at] / again[0]).toFixed(2);
  console.log(
    `${name.padEnd(20)} ${String(Math.round(again[at])).padStart(8)}   ${ratio.padStart(18)}   ${String(Math.round(anew[at])).padStart(23)}`,
  );
});
