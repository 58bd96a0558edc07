import { expect, test } from 'vitest';
import { willItScaleCsv } from '../../src/report/will-it-scale.ts';

test('the file has the header and the idle first row of will-it-scale, and linear from one task', () => {
  const csv = willItScaleCsv({
    name: 'x',
    rows: [
      {
        tasks: 1,
        processes: { perSecond: 100.9, idlePercent: 95.8333 },
        threads: { perSecond: 120.2, idlePercent: 95 },
      },
      {
        tasks: 4,
        processes: { perSecond: 390, idlePercent: 83.3 },
        threads: { perSecond: 200, idlePercent: 84 },
      },
    ],
  });
  expect(csv).toBe(
    'tasks,processes,processes_idle,threads,threads_idle,linear\n' +
      '0,0,100,0,100,0\n' +
      '1,100,95.83,120,95.00,120\n' +
      '4,390,83.30,200,84.00,480\n',
  );
});

test('a variant that was not run reads -1, as will-it-scale leaves it', () => {
  const rows = [{ tasks: 2, processes: { perSecond: 7, idlePercent: 0 } }];
  expect(willItScaleCsv({ name: 'x', rows }).split('\n')[2]).toBe('2,7,0.00,-1,100.00,0');
});
