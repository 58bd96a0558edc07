import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { describeInBrowser } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Findings of axe that keep somebody from using the page. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<AxeResult> } }
    ).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

describeInBrowser('the page', (open) => {
  test('what a first visit loads is no more than 250 KB packed, and nothing comes from elsewhere', async () => {
    const page = await open('');
    await page.waitForSelector('[data-test=rate]');
    await page.waitForTimeout(300);
    const loaded = await page.evaluate(async () => {
      const entries = performance.getEntriesByType('resource').map(({ name }) => name);
      const texts = [location.href, ...entries].map(async (url) => (await fetch(url)).text());
      return Promise.all(texts);
    });
    const bytes = loaded.reduce((sum, text) => sum + gzipSync(text).length, 0);
    expect(loaded.length).toBeGreaterThan(4);
    expect(bytes).toBeLessThanOrEqual(250_000);
  });

  test('a view that is not there, and an address that makes no sense, lead to a page that works', async () => {
    for (const hash of [
      '#/nowhere',
      '#/race?cpus=many&seed=-1&machine=none&lanes=what/ever/9.9,,',
      '#/machine?machine=nonsense:::',
      '#/spawn?first=none&second=none',
      '#/policy?mode=NONE&flag=no&pages=-4&cpu=x',
      '#/interleavings?way=none&cpus=99&step=-7',
    ]) {
      const page = await open(hash);
      expect(await page.locator('main h2').count(), hash).toBe(1);
      await page.close();
    }
  });

  test.each(['machine', 'race', 'spawn', 'policy', 'recording', 'interleavings'])(
    'nothing keeps anybody from using %s, in light and dark, wide and narrow',
    async (view) => {
      for (const look of [
        { colorScheme: 'light' as const },
        { colorScheme: 'dark' as const, width: 360 },
      ]) {
        const page = await open(`#/${view}`, look);
        await page.waitForTimeout(200);
        expect(await seriousFindings(page)).toEqual([]);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, `${view} at ${look.width ?? 1200}`).toBeLessThanOrEqual(0);
        await page.close();
      }
    },
  );
});
