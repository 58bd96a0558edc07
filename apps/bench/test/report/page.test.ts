import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/page.ts';
import { sampleExperiment } from '../sample/sample-experiment.ts';

const result = sampleExperiment.run({
  seed: 1,
  params: { cpuCount: 8, lock: 'mcs', holdShare: 0.5, padded: false },
  progress() {},
});
const page = reportPage(sampleExperiment, result, '1.2.3');
const { document } = parseHTML(page);
const all = (selector: string) => [...document.querySelectorAll(selector)];
const badges = (within: string) => all(`${within} .kind`).map(({ textContent }) => textContent);

describe('the report page', () => {
  test('follows from the result alone', () => {
    expect(reportPage(sampleExperiment, result, '1.2.3')).toBe(page);
  });

  test('needs no network and runs no script', () => {
    expect(all('script, link, img, iframe')).toEqual([]);
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:|url\(|@import/);
  });

  test('escapes what it is given', () => {
    expect(page).not.toContain('<locks>');
    expect(page).toContain('On &#60;locks&#62; &#38; more');
  });

  test('has the tables before the plots', () => {
    const order = all('table, svg').map(({ tagName }) => tagName.toLowerCase());
    expect(order).toEqual(['table', 'table', 'table', 'svg']);
  });

  test('marks every claim, every figure and every column that was not varied', () => {
    const [claims, rows, figures] = [1, 2, 3].map((n) => `section:nth-of-type(${n})`);
    expect(badges(`${claims} tbody`)).toEqual(['counted', 'predicted']);
    expect(badges(`${rows} thead`)).toEqual(['predicted', 'counted']);
    expect(badges(`${figures} tbody`)).toEqual(['counted', 'calibrated', 'predicted']);
  });

  test('draws every series and every published band', () => {
    const text = all('svg text').map((element) => element.textContent);
    for (const label of ['published 1 to 2 M', 'stock', 'at 4']) expect(text).toContain(label);
    expect(all('svg [stroke="var(--series-0)"], svg [stroke="var(--series-1)"]')).toHaveLength(2);
    expect(
      all('svg rect[fill="var(--published)"], svg [fill="var(--published)"] rect'),
    ).toHaveLength(1);
    expect(all('svg title')).toHaveLength(2 * 8);
  });

  test('says how to get the same again', () => {
    expect(all('pre code')[0]?.textContent).toBe(
      'npx forkless run sample-lock --machine small --profile paper --seed 1 --set cpuCount=8 --set lock=mcs --set holdShare=0.5 --set padded=false',
    );
  });

  test('what may be wider than a phone can be reached and scrolled by keyboard', () => {
    for (const wide of all('table, svg')) {
      const region = wide.closest('.scroll');
      expect(region?.getAttribute('tabindex')).toBe('0');
      expect(region?.getAttribute('aria-label')).not.toBe('');
    }
  });
});
