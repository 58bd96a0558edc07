export { ConfigError } from './config-error.ts';
export { assert, InvariantError } from './invariant-error.ts';
export { isRefusal, refuse } from './refusal.ts';
export type { Refusal } from './refusal.ts';
