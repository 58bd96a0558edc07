// Seeded random numbers, one independent stream a virtual CPU, so that what one CPU draws does not
// depend on when the others draw. Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by
// splitmix32.

import { assert } from '@forkless/errors';

/** The layout of a stream's state; a const enum, as a bundled `const` is a variable that is loaded anew. */
const enum Stream {
  Words = 4,
}
const WARM_UP_ROUNDS = 12;

/** As many random streams as there are virtual CPUs, all derived from one seed. */
export class RandomStreams {
  readonly #state: Int32Array;

  constructor(seed: number, streamCount: number) {
    assert(Number.isSafeInteger(seed) && seed >= 0, `a seed is a whole number ≥ 0, not ${seed}`);
    this.#state = new Int32Array(streamCount * Stream.Words);
    for (let stream = 0; stream < streamCount; stream++) this.#seedStream(seed, stream);
  }

  /** The next 32 random bits of a stream. */
  nextUint32(stream: number): number {
    const state = this.#state;
    const at = stream * Stream.Words;
    const b = state[at + 1]!;
    const c = state[at + 2]!;
    const counter = state[at + 3]!;
    const result = (state[at]! + b + counter) | 0;
    state[at + 3] = counter + 1;
    state[at] = b ^ (b >>> 9);
    state[at + 1] = c + (c << 3);
    state[at + 2] = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  }

  /** Uniform in [0, 1), 32 bits of it. */
  nextUnit(stream: number): number {
    return this.nextUint32(stream) * 2 ** -32;
  }

  /** A whole number, uniform in [0, bound), for a bound up to 2^32. */
  nextBelow(stream: number, bound: number): number {
    return Math.floor(this.nextUnit(stream) * bound);
  }

  /** Exponential with mean 1. */
  nextExponential(stream: number): number {
    return -Math.log(1 - this.nextUnit(stream));
  }

  #seedStream(seed: number, stream: number): void {
    let mix = (seed ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0x9e3779b9)) >>> 0;
    mix = (mix + Math.imul(stream + 1, 0x85ebca6b)) >>> 0;
    for (let word = 0; word < Stream.Words - 1; word++) {
      mix = (mix + 0x9e3779b9) >>> 0;
      let z = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[stream * Stream.Words + word] = z ^ (z >>> 15);
    }
    this.#state[stream * Stream.Words + Stream.Words - 1] = 1;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.nextUint32(stream);
  }
}
