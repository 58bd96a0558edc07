// Everything that is fuzzed.
import { parsers } from './parsers.mjs';
import { policies } from './policies.mjs';

/** @type {readonly import('./parsers.mjs').FuzzTarget[]} */
export const targets = [...parsers, policies];
