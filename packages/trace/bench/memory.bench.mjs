// How much memory a log of any size takes: a made-up log of strace is pushed through reader and statistics
// chunk by chunk, and the largest resident size is printed beside that before. Argument: megabytes.
import { createReader, StatisticsFold } from '../dist/index.js';

const MB = 1e6;
const size = Number(process.argv[2] ?? 200) * MB;
const fold = new StatisticsFold();
const reader = createReader('strace', { onEvent: (event) => fold.take(event) });

let now = 0;
let pid = 300;
const time = () =>
  `1700${String(100_000 + Math.floor((now += 50) / 1e6)).padStart(6, '0')}.${String(now % 1e6).padStart(6, '0')}`;

/** A shell that vforks a program that waits and ends, pids going round as they do. */
function life() {
  pid = pid >= 32_767 ? 300 : pid + 1;
  return `100 ${time()} vfork( <unfinished ...>
${pid} ${time()} execve("/usr/bin/tool-${pid % 100_000}", ["tool", "--option=${pid}"], 0x55c16c7d1bf8 /* 45 vars */ <unfinished ...>
100 ${time()} <... vfork resumed>) = ${pid} <0.000186>
${pid} ${time()} <... execve resumed>) = 0 <0.000150>
${pid} ${time()} exit_group(0) = ?
${pid} ${time()} +++ exited with 0 +++
100 ${time()} wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = ${pid} <0.0001>
`;
}

const before = process.memoryUsage.rss();
let peak = before;
let pushed = 0;
for (let chunk = 0; pushed < size; chunk++) {
  let text = '';
  while (text.length < 1 << 18) text += life();
  reader.push(text);
  pushed += text.length;
  if (chunk % 32 === 0) peak = Math.max(peak, process.memoryUsage.rss());
}
const { lines, problems } = reader.end();
const { createdProcesses } = fold.end();
console.log(
  `${(pushed / MB).toFixed(0)} MB, ${lines} lines, ${createdProcesses} processes, ${problems} problems: resident ${(before / MB).toFixed(0)} MB before, at most ${(peak / MB).toFixed(0)} MB`,
);
