import { expect, test } from 'vitest';
import { Lane } from '../src/views/race/lane.ts';
import { describeInBrowser } from './browser.ts';

/** Texts of a lane that a report may change, and attributes with the plain numbers. */
const CHANGES_MAX = 16;

describeInBrowser('the race', (open) => {
  test('shows what the packages say for the same seed', async () => {
    const page = await open('#/race?cpus=8&seed=7&lanes=idr/each-level/6.18,idr/one-trip/7.0');
    await page.locator('[data-test=run]').click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-test=rate]')].some(
        (element) => Number((element as HTMLElement).dataset['pairs']) > 500,
      ),
    );
    await page.locator('[data-test=run]').click();
    await page.locator('[data-test=steps]').first().waitFor();
    await page.waitForTimeout(200);
    const shown = await page
      .locator('[data-test=rate]')
      .evaluateAll((elements) =>
        elements.map((element) => ({ ...(element as HTMLElement).dataset })),
      );
    const common = { machine: 'epyc-1s-24', cpuCount: 8, seed: 7 };
    const lanes = [
      new Lane({ design: 'idr', locking: 'each-level', kernel: '6.18', ...common }),
      new Lane({ design: 'idr', locking: 'one-trip', kernel: '7.0', ...common }),
    ];
    lanes.forEach((lane, index) => {
      lane.runTo(Number(shown[index]!['ps']));
      expect(lane.report(false).pairCount).toBe(Number(shown[index]!['pairs']));
      expect(lane.report(false).refusals).toEqual({});
    });
  });

  test('goes on step by step, each with its name, what it took and what it touched', async () => {
    const page = await open('#/race?cpus=4&lanes=idr/each-level/6.18,idr/one-trip/7.0');
    await page.locator('[data-test=steps] li').first().waitFor();
    const lane = new Lane({
      design: 'idr',
      locking: 'each-level',
      kernel: '6.18',
      machine: 'epyc-1s-24',
      cpuCount: 4,
      seed: 1,
    });
    for (let step = 0; step < 12; step++) {
      const { cpu, step: name, touched } = lane.step();
      await page.locator('[data-test=step]').click();
      await page.waitForFunction(
        (wanted) => {
          const text = document.querySelector('[data-test=stepped]')?.textContent ?? '';
          return wanted.every((one) => text.includes(one));
        },
        [`CPU ${cpu}`, name, ...touched],
      );
    }
    expect(await page.locator('[data-test=steps]').first().locator('li').count()).toBe(4);
  });

  test('a report of 128 CPUs changes a few texts and nothing else of the document', async () => {
    const page = await open('#/race?cpus=128&machine=epyc-2s-nps4');
    await page.locator('[data-test=run]').click();
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>('[data-test=rate]')!.dataset['pairs']) > 100,
    );
    const seen = await page.evaluate(
      () =>
        new Promise<{ most: number; kinds: string[]; reports: number }>((resolve) => {
          let most = 0;
          let reports = 0;
          const kinds = new Set<string>();
          new MutationObserver((records) => {
            reports++;
            most = Math.max(most, records.length);
            for (const { type, target } of records) {
              kinds.add(type === 'childList' ? `childList of ${target.nodeName}` : type);
            }
            if (reports === 10) resolve({ most, kinds: [...kinds], reports });
          }).observe(document.querySelector('main')!, {
            subtree: true,
            childList: true,
            characterData: true,
            attributes: true,
          });
        }),
    );
    expect(seen.most).toBeLessThanOrEqual(3 * CHANGES_MAX);
    expect(seen.kinds.filter((kind) => kind.startsWith('childList'))).toEqual([]);
  });

  test('is saved as a table, a drawing and a timeline', async () => {
    const page = await open('#/race?cpus=4');
    await page.locator('[data-test=run]').click();
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>('[data-test=rate]')!.dataset['pairs']) > 100,
    );
    for (const [kind, name] of [
      ['csv', 'race.csv'],
      ['svg', 'race.svg'],
      ['perfetto', 'race.trace.json'],
    ] as const) {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`[data-test=${kind}]`).click(),
      ]);
      expect(file.suggestedFilename()).toBe(name);
    }
  });
});
