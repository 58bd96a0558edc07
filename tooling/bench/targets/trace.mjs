// Reading recordings up to the statistics, beside merely finding the ends of their lines.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createReader, StatisticsFold } from '@forkless/trace';

const folder = fileURLToPath(new URL('../../../packages/trace/test/recorded/', import.meta.url));
const CHUNK = 1 << 18;

/** @param {RegExp} sign */
function recordings(sign) {
  const texts = readdirSync(folder)
    .filter((name) => sign.test(name))
    .map((name) => readFileSync(`${folder}${name}`));
  const one = Buffer.concat(texts);
  return Buffer.concat(Array.from({ length: Math.ceil((1 << 20) / one.length) }, () => one));
}

/** @param {'strace' | 'tracepoint'} format @param {RegExp} sign */
const reading = (format, sign) => () => {
  const bytes = recordings(sign);
  return () => {
    const fold = new StatisticsFold();
    const reader = createReader(format, { onEvent: (event) => fold.take(event) });
    for (let at = 0; at < bytes.length; at += CHUNK) reader.push(bytes.subarray(at, at + CHUNK));
    reader.end();
    fold.end();
    return bytes.length;
  };
};

/** @param {RegExp} sign */
const splitting = (sign) => () => {
  const bytes = recordings(sign);
  let lines = 0;
  return () => {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
    if (lines === 0) throw new Error('a recording has lines');
    return bytes.length;
  };
};

const strace = /\.strace\.txt$/;
const perf = /\.perf\.txt$/;
const beside = 'finding the ends of its lines';

export const traceTargets = [
  {
    id: 'trace/strace',
    package: 'trace',
    what: 'a byte of strace text',
    beside,
    ours: reading('strace', strace),
    peer: splitting(strace),
    quick: true,
  },
  {
    id: 'trace/perf',
    package: 'trace',
    what: 'a byte of perf script text',
    beside,
    ours: reading('tracepoint', perf),
    peer: splitting(perf),
  },
];
