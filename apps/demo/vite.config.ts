// The page is built to plain files that work from any folder of any static host.
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  // A list of every file it wrote is no news to who types `npm start`.
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: { target: 'es2022', sourcemap: false, modulePreload: { polyfill: false } },
});
