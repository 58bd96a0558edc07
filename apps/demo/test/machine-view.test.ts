import { formatNumactl, preset } from '@forkless/topology';
import { expect, test } from 'vitest';
import { readMachine } from '../src/views/machine/read-machine.ts';
import { describeInBrowser } from './browser.ts';

const NUMACTL = formatNumactl(preset('epyc-2s-nps4'));

test('the output of numactl -H is told from a synthetic description', () => {
  const machine = readMachine(NUMACTL);
  const source = preset('epyc-2s-nps4');
  expect(machine.nodes.map(({ node }) => node)).toEqual(source.nodes.map(({ node }) => node));
  expect(machine.distances.values).toEqual(source.distances.values);
  expect(machine.cpus).toEqual(source.cpus);
});

describeInBrowser('a machine', (open) => {
  test('is drawn, and a chosen node says where it looks for memory', async () => {
    const page = await open('#/machine?machine=epyc-2s-nps4');
    const machine = preset('epyc-2s-nps4');
    expect(await page.locator('svg.machine .node').count()).toBe(machine.nodes.length);
    await page.locator('svg.machine .node').nth(5).click();
    const order = machine.fallbackOrder(5, 'boot');
    expect(await page.locator('[data-test=order-boot]').textContent()).toBe(order.join(' → '));
    expect(page.url()).toContain('node=5');
    const places = await page.locator('svg.machine .place').allTextContents();
    expect(places.map(Number)).toEqual(machine.nodes.map(({ node }) => order.indexOf(node) + 1));
  });

  test('is read from what is pasted; what is wrong is answered with where and what', async () => {
    const page = await open('#/machine');
    await page.locator('summary').click();
    const paste = async (text: string) => {
      await page.locator('[data-test=text]').fill(text);
      await page.locator('[data-test=read]').click();
    };
    await paste('pack:2 [numa(memory=4GB)] core:3 pu:2');
    expect(await page.locator('svg.machine .core').count()).toBe(6);
    await paste(NUMACTL);
    expect(await page.locator('svg.machine .node').count()).toBe(8);
    const said = async () => (await page.locator('[role=alert]').textContent())!;
    await paste('pack:2 core:x pu:1');
    expect(await said()).toMatch(/core|character|x/);
    await paste(NUMACTL.replace('node 3 size: ', 'node 3 size: many '));
    expect(await said()).toMatch(/line \d+/);
    await paste('<topology><object type="Nonsense"');
    expect((await said()).length).toBeGreaterThan(20);
    await page.locator('[data-test=preset]').selectOption('desktop');
    expect(await page.locator('[role=alert]').count()).toBe(0);
  });
});
