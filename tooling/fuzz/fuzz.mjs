// One target being fuzzed: a list of inputs that grows by each that was answered in a new way, the next one
// bent from it, and what counts as broken: an exception other than a ConfigError, or an answer that is long
// in coming.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutate, numbers } from './mutate.mjs';

/** CPU milliseconds; inputs are at most 64 KiB. */
const SLOW_MS = 2000;
const INPUTS_MAX = 500;

/** Where inputs are kept that once broke something or were answered in a new way. */
export const corpusFolder = join(import.meta.dirname, 'corpus');

/** @typedef {import('./parsers.mjs').FuzzTarget} FuzzTarget */

/** The saved inputs of a target. @param {string} name @returns {Buffer[]} */
export function savedInputs(name) {
  const folder = join(corpusFolder, name);
  return existsSync(folder)
    ? readdirSync(folder)
        .toSorted()
        .map((file) => readFileSync(join(folder, file)))
    : [];
}

/**
 * Gives a target one input.
 * @param {FuzzTarget} target @param {Buffer} input
 * @returns {{ answer: string, finding: string | undefined, ms: number }}
 */
export function tryInput({ run }, input) {
  const from = process.cpuUsage();
  const ms = () => process.cpuUsage(from).user / 1000;
  try {
    const answer = run(input);
    const took = ms();
    return { answer, ms: took, finding: took > SLOW_MS ? `took ${took.toFixed(0)} ms` : undefined };
  } catch (error) {
    const story = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { answer: story, ms: ms(), finding: story };
  }
}

/** @param {FuzzTarget} target @param {number} seed */
export function createFuzz(target, seed) {
  const pick = numbers(seed * 7919);
  const inputs = [...target.seeds().map((one) => Buffer.from(one)), ...savedInputs(target.name)];
  /** @type {Set<string>} */
  const answers = new Set();
  for (const input of inputs) answers.add(tryInput(target, input).answer);
  /** @type {Buffer[]} */
  const fresh = [];
  let [count, slowestMs] = [0, 0];
  return {
    target,
    count: () => count,
    fresh: () => fresh,
    slowestMs: () => slowestMs,
    /** Bends one input and tries it. */
    step() {
      const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = [0, 1].map(
        () => inputs[pick(inputs.length)],
      );
      const input = mutate(one, other, pick);
      const { answer, finding, ms } = tryInput(target, input);
      count++;
      slowestMs = Math.max(slowestMs, ms);
      if (finding === undefined && !answers.has(answer)) {
        answers.add(answer);
        fresh.push(input);
        if (inputs.length < INPUTS_MAX) inputs.push(input);
      }
      return { finding, input };
    },
  };
}
