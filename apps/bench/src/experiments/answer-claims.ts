// What the model says of each published claim, put beside it. The ratio of two figures follows from the figures.
import { assert } from '@forkless/errors';
import type { ClaimResult, Published, PublishedClaim } from './experiment.ts';

/** What the model says of one claim. */
export type ClaimAnswer = Pick<ClaimResult, 'model' | 'holds' | 'kind'>;

/** Every claim with its answer, which stands in `answers` under the claim's id. */
export function answerClaims(
  claims: readonly PublishedClaim[],
  answers: Readonly<Record<string, ClaimAnswer>>,
): readonly ClaimResult[] {
  return claims.map(({ id, source, published }) => {
    const answer = answers[id];
    assert(answer !== undefined, `the claim ${id} has no answer`);
    return { id, source, published, ...answer, ratio: ratioOf(answer.model, published) };
  });
}

/** Model over published, the middle of a band standing for it; null where either is words. */
function ratioOf(model: Published, published: Published): number | null {
  const [ours, theirs] = [middleOf(model), middleOf(published)];
  return ours === null || theirs === null ? null : ours / theirs;
}

function middleOf(value: Published): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? null : (value[0] + value[1]) / 2;
}
