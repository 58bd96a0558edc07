// The built page in a real browser: a static server on this machine, below a sub-path, and Debian's
// Chromium. Where there is none the tests say so and are skipped; with CI set that is a failure.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const browserPath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));
const absent = 'no Chromium is installed, so the page is not tried in a browser';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** The page as a visitor has it. */
class Visit {
  readonly #server: Server;
  readonly #browser: Browser;
  /** Everything the page complained of. */
  readonly complaints: string[] = [];
  /** Addresses outside our own server that were asked for. */
  readonly strangers: string[] = [];
  readonly origin: string;

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async begin(): Promise<Visit> {
    const server = createServer((request, response) => {
      const path = new URL(request.url!, 'http://localhost').pathname;
      const file = join(dist, normalize(path.replace(/^\/sub\/path\//, '/')));
      const page = file.endsWith('/') ? `${file}index.html` : file;
      if (!path.startsWith('/sub/path/') || !page.startsWith(dist) || !existsSync(page)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': types[extname(page)] ?? 'text/plain' });
      response.end(readFileSync(page));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const quiet =
      '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
    const browser = await chromium.launch({
      executablePath: browserPath!,
      args: quiet.split(' '),
    });
    return new Visit(server, browser);
  }

  /** A page that shows `hash`, in light or dark, at a width. */
  async open(
    hash: string,
    { width = 1200, colorScheme = 'light' as 'light' | 'dark' } = {},
  ): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.origin) && /^https?:/.test(url)) this.strangers.push(url);
    });
    await page.goto(`${this.origin}/sub/path/${hash}`);
    await page.waitForSelector('main h2');
    return page;
  }

  async end(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Opens the page in a state its link holds. */
export type Open = Visit['open'];

/** A `describe` over the page in a browser, which at its end must not have complained nor asked any other host. */
export function describeInBrowser(title: string, tests: (open: Open) => void): void {
  if (browserPath !== undefined) {
    describe(title, () => {
      let visit: Visit;
      beforeAll(async () => {
        visit = await Visit.begin();
      });
      afterAll(async () => {
        await visit.end();
        expect(visit.complaints).toEqual([]);
        expect(visit.strangers).toEqual([]);
      });
      tests((...asked) => visit.open(...asked));
    });
    return;
  }
  test(title, (context) => {
    if (process.env['CI']) throw new Error(`CI is set, so a browser must be there: ${absent}`);
    context.skip(absent);
  });
}
