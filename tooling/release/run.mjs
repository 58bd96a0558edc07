// Runs one program quietly and tells what it said if it failed.
import { spawn } from 'node:child_process';

/**
 * Resolves to undefined on exit status 0, else to everything the program printed. A program that
 * outlives the limit is ended.
 * @param {string} file @param {readonly string[]} args @param {string} cwd @param {number} [limitMs]
 * @returns {Promise<string | undefined>}
 */
export function run(file, args, cwd, limitMs = 120_000) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve(`${file} cannot be started: ${error.message}`));
    child.on('close', (status, signal) =>
      resolve(status === 0 ? undefined : `${output}\n(${file} ended with ${status ?? signal})`),
    );
  });
}
