// Making a modelled process by each mechanism, its end and its reaping among it, beside fork and exec.
import { MECHANISMS, mechanismNamed, spawn } from '@forkless/spawn';
import { boot, closeFd, exitGroupWith, fork, installProgram, wait4 } from '@forkless/task';

const SPAWNS = 200;

/** @param {string} name */
const making = (name) => () => {
  const kernel = boot();
  installProgram(kernel.init, '/tool');
  const shell = fork(kernel, kernel.init);
  const request = { path: '/tool', argv: ['tool'], envp: [] };
  const mechanism = mechanismNamed(name);
  return () => {
    for (let count = 0; count < SPAWNS; count++) {
      const made = spawn(kernel, shell, mechanism, request);
      if (made.pidfd !== undefined) closeFd(shell.files, made.pidfd);
      exitGroupWith(kernel, made.child, 0);
      wait4(kernel, shell, -1);
    }
    return SPAWNS;
  };
};

const [base = { name: 'fork-exec' }, ...others] = MECHANISMS;

export const spawnTargets = others.map(({ name }) => ({
  id: `spawn/${name}`,
  package: 'spawn',
  what: `a child by ${name}`,
  beside: `one by ${base.name}`,
  ours: making(name),
  peer: making(base.name),
}));
