// Many children with many things going wrong, and then: is everything as before? Run by soak.test.ts, and
// by hand for longer: `node test/soak/soak.mjs 100000`. Prints one line of JSON.
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capabilities, exec, spawn, start } from '../../dist/index.js';

const total = Number(process.argv[2] ?? 1000);
const opener = process.argv[3];
const seed = Number(process.argv[4] ?? 1);
const inFlight = 32;

const folder = mkdtempSync(join(tmpdir(), 'forkless-soak-'));
const denied = join(folder, 'denied');
const badInterpreter = join(folder, 'bad-interpreter');
writeFileSync(denied, 'x');
writeFileSync(badInterpreter, '#!/no/such\n');
chmodSync(badInterpreter, 0o755);
if (opener) createRequire(import.meta.url)(opener);

/** Mulberry32: the same faults for the same seed. */
let state = seed >>> 0;
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}

const problems = [];
const seen = {};
function count(what) {
  seen[what] = (seen[what] ?? 0) + 1;
}

const ignored = ['ignore', 'ignore', 'ignore'];
/** With a table of its own a helper feels nothing of a full one; else its pidfds need room there, too. */
const always = capabilities().descriptors === 'own' ? [] : ['EMFILE'];

async function refused(request, ...errnos) {
  const child = await start({ stdio: ignored, ...request });
  if (child.ok) {
    await child.exited;
    problems.push(`${JSON.stringify(request)} was made`);
  } else if (!errnos.includes(child.errno) && !always.includes(child.errno))
    problems.push(`${child.errno} is not ${errnos}`);
  else count(child.errno);
}

function unmade({ errno }) {
  if (!always.includes(errno)) problems.push(errno);
}

/** The directory that the glob reads is open as 3. */
const listsFds = ['sh', '-c', 'echo /proc/self/fd/*'];
const granted = '/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n';

/** Files held at the limit of descriptors, for as long as one spawn takes. */
let hoarding = false;
async function atTheLimit() {
  if (hoarding) return;
  hoarding = true;
  const files = [];
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (error.code !== 'EMFILE') problems.push(error.code);
  }
  const waiting = start({
    path: '/bin/true',
    argv: ['true'],
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  for (const file of files) closeSync(file);
  const child = await waiting;
  // Children that ended meanwhile gave descriptors back, so that now and then there is room after all.
  if (child.ok) await child.exited;
  else if (child.errno !== 'EMFILE') problems.push(`${child.errno} is not EMFILE`);
  else count('EMFILE');
  hoarding = false;
}

const cases = [
  async () => {
    const child = await start({ path: '/bin/true', argv: ['true'], stdio: ignored });
    if (!child.ok) return unmade(child);
    const { code, lost } = await child.exited;
    if (code !== 0) problems.push(`true ended with ${code} ${lost}`);
    count('true');
  },
  () =>
    new Promise((resolve) => {
      const child = spawn('/bin/sh', listsFds.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      child.on('error', (error) => {
        if (error.code !== 'EMFILE') problems.push(error.code);
        resolve();
      });
      child.stdout?.on('data', (chunk) => (text += chunk));
      child.on('close', (code) => {
        if (code === 0 && text !== granted) problems.push(`a child had ${text}`);
        count('descriptors');
        resolve();
      });
    }),
  () => refused({ path: '/no/such', argv: ['x'] }, 'ENOENT'),
  () => refused({ path: denied, argv: ['x'] }, 'EACCES'),
  () => refused({ path: badInterpreter, argv: ['x'] }, 'ENOENT'),
  () => refused({ path: '/bin/true', argv: ['x'], cwd: '/no' }, 'ENOENT'),
  () =>
    refused(
      { path: '/bin/true', argv: ['x'], actions: [{ kind: 'dup2', from: 9999, to: 5 }] },
      'EBADF',
    ),
  atTheLimit,
  async () => {
    const child = await start({ path: '/bin/sleep', argv: ['sleep', '30'], stdio: ignored });
    if (!child.ok) return unmade(child);
    setTimeout(() => child.kill(9), random(5));
    const { signal } = await child.exited;
    if (signal !== 9) problems.push(`killed, but ended with signal ${signal}`);
    count('killed');
  },
  () =>
    new Promise((resolve) => {
      const controller = new AbortController();
      const child = spawn('/bin/sleep', ['0.01'], { signal: controller.signal, stdio: 'ignore' });
      let told = 0;
      child.on('error', () => {});
      child.on('exit', () => told++);
      child.on('close', () => {
        if (told > 1) problems.push('two exits');
        count('aborted');
        resolve();
      });
      setTimeout(() => controller.abort(), random(14));
    }),
  () =>
    new Promise((resolve) => {
      exec('echo x; exit 3', (error, stdout) => {
        if (error?.code === 3 && stdout !== 'x\n') problems.push('output is lost');
        count('exec');
        resolve();
      });
    }),
];

const isRoot = process.geteuid() === 0;
const user = { uid: 54_321, gid: 54_321 };
const resident = isRoot
  ? await start({ path: '/bin/sleep', argv: ['sleep', '1000'], stdio: ignored, ...user })
  : undefined;
if (resident?.ok === true) {
  const limits = { nproc: { soft: 0, hard: 0 } };
  cases.push(() => refused({ path: '/bin/true', argv: ['true'], ...user, limits }, 'EAGAIN'));
}

async function run(children) {
  let left = children;
  const worker = async () => {
    while (left-- > 0) await cases[random(cases.length)]();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

function descriptors() {
  return readdirSync('/proc/self/fd').length;
}

function zombies() {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [state_, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      return state_ === 'Z' && Number(parent) === process.pid;
    } catch {
      return false;
    }
  }).length;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

// A fifth first, so that what is measured is not the growth of a young heap.
await run(Math.ceil(total / 5));
await settled();
const before = { descriptors: descriptors(), rss: process.memoryUsage.rss() };
const startMs = performance.now();
await run(total - Math.ceil(total / 5));
const seconds = (performance.now() - startMs) / 1000;
await settled();
const after = { descriptors: descriptors(), rss: process.memoryUsage.rss() };
if (resident?.ok === true) {
  resident.kill(9);
  await resident.exited;
}
rmSync(folder, { recursive: true });
console.log(
  JSON.stringify({
    total,
    seed,
    perSecond: Math.round((total * 0.8) / seconds),
    zombies: zombies(),
    // The careless neighbour has up to eight open at any moment.
    leakedDescriptors: Math.max(0, after.descriptors - before.descriptors - (opener ? 8 : 0)),
    grownMib: Math.round((after.rss - before.rss) / 2 ** 20),
    seen,
    problems: [...new Set(problems)].slice(0, 10),
  }),
);
process.exit(0);
