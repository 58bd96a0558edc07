// Explores away from the page: a second of work must not stop it.
import { walkOf, type Walk, type WalkOptions } from './walk.ts';

/** What the page gets back. */
export type WalkAnswer = { readonly walk: Walk } | { readonly problem: string };

addEventListener('message', ({ data }: MessageEvent<WalkOptions>) => {
  let answer: WalkAnswer;
  try {
    answer = { walk: walkOf(data) };
  } catch (error) {
    answer = { problem: (error as Error).message };
  }
  postMessage(answer);
});
