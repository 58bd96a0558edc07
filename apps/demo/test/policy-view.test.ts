import { preset } from '@forkless/topology';
import { expect, test } from 'vitest';
import { comparePolicies, type PolicyTry } from '../src/views/policy/policy-run.ts';
import { policyCsv, policySvg } from '../src/views/policy/policy-texts.ts';
import { describeInBrowser } from './browser.ts';

const machine = preset('epyc-2s-nps4');
const ASKED: PolicyTry = {
  mode: 'WEIGHTED_INTERLEAVE',
  modeFlag: 'none',
  nodes: [0, 2],
  homeNode: -1,
  cpu: 0,
  pageCount: 60,
  weights: { 0: 3, 1: 1, 2: 2 },
  laterWeights: {},
  cpuset: [],
};

test('both forms place alike until the weights of sysfs change: a policy’s own stay', () => {
  expect(comparePolicies(machine, ASKED).differing).toEqual([]);
  const later = comparePolicies(machine, { ...ASKED, laterWeights: { 0: 1, 2: 1 } });
  const onNode0 = (form: 'old' | 'new') => {
    const outcome = later[form];
    if (!('pages' in outcome)) throw new Error(outcome.refused);
    return outcome.pages.filter(({ node }) => node === 0).length;
  };
  expect([onNode0('old'), onNode0('new')]).toEqual([30, 36]);
  expect(later.differing.length).toBeGreaterThan(0);
  expect(policyCsv(later).trimEnd().split('\n')).toHaveLength(61);
  expect(policySvg(later).match(/<rect/g)).toHaveLength(121);
});

test('a home node takes a second call today and comes with the struct in the other form', () => {
  const asked: PolicyTry = { ...ASKED, mode: 'BIND', nodes: [1, 2], homeNode: 2 };
  const { old, new: proposed } = comparePolicies(machine, asked);
  for (const outcome of [old, proposed]) {
    if (!('pages' in outcome)) throw new Error(outcome.refused);
    expect(outcome.pages.every(({ node }) => node === 2)).toBe(true);
  }
  const refused = comparePolicies(machine, { ...asked, mode: 'INTERLEAVE' });
  expect(refused.old).toHaveProperty('refused', expect.stringContaining('EOPNOTSUPP'));
  expect(refused.new).toHaveProperty('refused', expect.stringContaining('EOPNOTSUPP'));
});

test('what no call could be asked is said with its name', () => {
  expect(() => comparePolicies(machine, { ...ASKED, cpu: 9999 })).toThrow(/CPU it runs on/);
  expect(() => comparePolicies(machine, { ...ASKED, weights: { 0: 256 } })).toThrow(/weights/);
  expect(() => comparePolicies(machine, { ...ASKED, cpuset: [77] })).toThrow(/no node 77/);
});

describeInBrowser('memory policy', (open) => {
  test('pages lie where the package puts them in both forms, and a refusal has its errno', async () => {
    const page = await open(
      '#/policy?mode=WEIGHTED_INTERLEAVE&nodes=0,2&weights=3,1,2&pages=60&later=1,1,1',
    );
    const asked = { ...ASKED, laterWeights: { 0: 1, 1: 1, 2: 1 } };
    const comparison = comparePolicies(machine, asked);
    for (const form of ['old', 'new'] as const) {
      const outcome = comparison[form];
      if (!('pages' in outcome)) throw new Error(outcome.refused);
      const place = page.locator(`[data-test=form-${form}]`);
      const shown = await place.locator('.pages button').allTextContents();
      expect(shown.map(Number)).toEqual(outcome.pages.map(({ node }) => node));
      await place.locator('.pages button').nth(4).click();
      expect(await place.locator('[data-test=rule]').textContent()).toContain(
        outcome.pages[4]!.rule,
      );
    }
    expect(await page.locator('[data-test=form-old] .pages .other').count()).toBe(
      comparison.differing.length,
    );
    await page.locator('[data-test=nodes]').fill('');
    await page.locator('[data-test=nodes]').blur();
    await page.waitForSelector('[data-test=refused]');
    expect(await page.locator('[data-test=refused]').first().textContent()).toContain('EINVAL');
  });

  test('a list that is none is answered with where and what', async () => {
    const page = await open('#/policy?nodes=0,two');
    expect(await page.locator('[role=alert]').textContent()).toBe(
      'nodes of the policy, character 3: expected numbers like 0,2-4, got "two"',
    );
    await page.locator('[data-test=nodes]').fill('0,2-3');
    await page.locator('[data-test=nodes]').blur();
    await page.waitForSelector('[data-test=counts]');
  });
});
