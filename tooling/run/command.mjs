// Runs one program in the foreground, its output going straight to the screen.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** No tool that we start reports on its user, and npm does not frame the words of what it runs. */
export const quietTools = {
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  npm_config_loglevel: 'silent',
};

/** Where the script of a program installed in `node_modules` stands: `installed('vitest/vitest.mjs')`. */
export const installed = (path) =>
  fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));

/**
 * Runs a Node script with arguments in the root and resolves to its exit status (128 + n after signal
 * n, as a shell says it). It shares our terminal and so gets Ctrl-C itself, and any SIGTERM from us.
 */
export function node(script, ...args) {
  return program(process.execPath, [script, ...args]);
}

/** The npm that runs us, or the one on the path. Resolves to its exit status. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return node(script, ...args);
  const isWindows = process.platform === 'win32';
  return program(isWindows ? 'npm.cmd' : 'npm', args, { shell: isWindows });
}

/** On Ctrl-C: the program ends by itself, and we stay to report how. */
function stay() {}

function program(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...quietTools },
      ...options,
    });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', stay).on('SIGTERM', forward);
    child.on('error', (error) => {
      console.error(`${file} cannot be started: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => {
      process.off('SIGINT', stay).off('SIGTERM', forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
