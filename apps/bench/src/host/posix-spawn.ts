// The yardstick in C: posix_spawn and waitpid of the same program under the same load, compiled where there
// is a compiler. It is a program of its own, so that nothing of Node is in its figures.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpawnLoad } from './spawn-load.ts';

const source = String.raw`
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
extern char **environ;
static int ascending(const void *a, const void *b) {
  const double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}
static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}
int main(int argc, char **argv) {
  if (argc < 6) return 2;
  const size_t bytes = (size_t)atoi(argv[2]) << 20;
  const int files = atoi(argv[3]), warm_up = atoi(argv[4]), count = atoi(argv[5]);
  char *memory = malloc(bytes + 1);
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  for (int i = 0; i < files; i++) open("/dev/null", O_RDONLY | O_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  double *latency = malloc((size_t)count * sizeof *latency);
  char *arguments[] = {argv[1], NULL};
  for (int i = -warm_up; i < count; i++) {
    pid_t pid;
    const double before = now_us();
    if (posix_spawn(&pid, argv[1], &actions, NULL, arguments, environ) != 0) return 1;
    waitpid(pid, NULL, 0);
    if (i >= 0) latency[i] = now_us() - before;
  }
  qsort(latency, (size_t)count, sizeof *latency, ascending);
  printf("%f\n", latency[count / 2]);
  return 0;
}
`;

/** Measures with the C program. */
export interface Yardstick {
  /** The median latency of one process of it, in µs. */
  measure(load: SpawnLoad): number;
  remove(): void;
}

/** Compiles it, or tells why it cannot be had. */
export function compileYardstick(): Yardstick | { readonly reason: string } {
  const folder = mkdtempSync(join(tmpdir(), 'forkless-yardstick-'));
  const program = join(folder, 'posix-spawn');
  try {
    writeFileSync(join(folder, 'posix-spawn.c'), source);
    execFileSync('cc', ['-O2', '-o', program, join(folder, 'posix-spawn.c')], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return { reason: 'there is no C compiler, so nothing is measured beside a C posix_spawn' };
  }
  return {
    measure({ program: measured, memoryMib, files, warmUp, count }) {
      const given = [measured, memoryMib, files, warmUp, count].map(String);
      return Number(execFileSync(program, given, { encoding: 'utf8' }));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
