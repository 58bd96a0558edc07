// How smooth a race is: frames a second, changes of the document a report, work on the main thread, memory.
// Run it on a quiet machine: `node apps/demo/bench/frames.mjs [seconds] [hash]`, after `npm run build`.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const seconds = Number(process.argv[2] ?? 10);
const hash = process.argv[3] ?? '#/race?cpus=128&machine=epyc-2s-nps4';
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

const server = createServer(({ url }, response) => {
  const path = new URL(url, 'http://localhost').pathname;
  const file = join(dist, path === '/' ? 'index.html' : path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' });
  response.end(readFileSync(file));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--js-flags=--expose-gc'],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
const begun = performance.now();
await page.goto(`http://127.0.0.1:${server.address().port}/${hash}`);
await page.waitForSelector('main h2');
console.log(`usable after ${(performance.now() - begun).toFixed(0)} ms`);

/** Frames, changes and long tasks for a while. */
const watch = (milliseconds) =>
  page.evaluate(async (forMs) => {
    let frames = 0;
    let changes = 0;
    const longTasks = [];
    const observer = new MutationObserver((records) => (changes += records.length));
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    observer.observe(document.body, all);
    const tasks = new PerformanceObserver((list) =>
      longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration))),
    );
    tasks.observe({ entryTypes: ['longtask'] });
    const start = performance.now();
    await new Promise((resolve) => {
      const frame = (now) => {
        frames++;
        if (now - start < forMs) requestAnimationFrame(frame);
        else resolve();
      };
      requestAnimationFrame(frame);
    });
    observer.disconnect();
    tasks.disconnect();
    return { framesPerSecond: (frames / forMs) * 1000, changes, longTasks };
  }, milliseconds);

const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');
const metrics = async () =>
  Object.fromEntries(
    (await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]),
  );
const heap = async () => {
  await page.evaluate(() => globalThis.gc?.());
  return (await metrics()).JSHeapUsedSize / 2 ** 20;
};

console.log('at rest', await watch(2000));
await page.locator('[data-test=run]').click();
const heapBefore = await heap();
const before = await metrics();
console.log('racing', await watch(seconds * 1000));
const after = await metrics();
for (const name of ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration', 'TaskDuration']) {
  const share = ((after[name] - before[name]) / seconds) * 1000;
  console.log(`${name}: ${share.toFixed(1)} ms of each second`);
}
console.log(
  `heap ${heapBefore.toFixed(1)} MiB at first, ${(await heap()).toFixed(1)} MiB after ${seconds} s`,
);
await browser.close();
server.close();
