import { BROKEN_WAYS } from '@forkless/pid';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { walkText } from '../src/views/interleavings/walk-files.ts';
import { walkOf } from '../src/views/interleavings/walk.ts';
import { describeInBrowser } from './browser.ts';

describeInBrowser('interleavings', (open) => {
  test('keys walk through the schedule that the packages find, and each step is a link', async () => {
    const page = await open('#/interleavings');
    const walk = walkOf({ way: BROKEN_WAYS[0]!.name, cpuCount: 2, isMended: false });
    const last = walk.states.length - 1;
    const says = page.locator('[data-test=step]');
    await says.waitFor();
    expect(await says.textContent()).toBe(`step 0 of ${last}`);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    expect(page.url()).toContain('step=1');
    const { holder, steps } = walk.states[1]!;
    expect(await page.locator('[data-test=holder]').textContent()).toBe(`held by CPU ${holder}`);
    expect(await page.locator('.moves .now').textContent()).toContain(steps.join(', '));
    await page.keyboard.press('End');
    expect(await page.locator('[data-test=violated]').textContent()).toContain(
      walk.broken!.message,
    );
    await page.reload();
    await says.waitFor();
    expect(await says.textContent()).toBe(`step ${last} of ${last}`);
    await page.keyboard.press('Home');
    expect(page.url()).toContain('step=0');
    await page.locator('.moves button').nth(4).click();
    expect(await says.textContent()).toBe(`step 4 of ${last}`);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as text' }).click(),
    ]);
    expect(readFileSync(await file.path(), 'utf8')).toBe(walkText(walk));
  });

  test('every mistake breaks what its package says, and nothing once it is mended', async () => {
    const page = await open('#/interleavings?cpus=3');
    for (const { name, breaks } of BROKEN_WAYS) {
      await page.locator('[data-test=way]').selectOption(name);
      await page.waitForFunction(
        (wanted) => document.querySelector('[data-test=broken]')?.textContent?.includes(wanted),
        breaks,
      );
    }
    await page.locator('[data-test=mended]').check();
    await page.locator('[data-test=holds]').waitFor();
    expect(page.url()).toContain('mended=yes');
  });
});
