/* The first process of a new pid namespace asks the kernel its pid rules and prints an answer a line: a
 * pid, or the errno as a negative number. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int make(const pid_t *set_tid, size_t count, int stays) {
  struct clone_args args;
  memset(&args, 0, sizeof args);
  args.exit_signal = SIGCHLD;
  args.set_tid = (uint64_t)(uintptr_t)set_tid;
  args.set_tid_size = count;
  long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) return -errno;
  if (pid == 0) {
    if (stays) pause();
    _exit(0);
  }
  if (!stays) waitpid((pid_t)pid, 0, 0);
  return (int)pid;
}

static int put(const char *path, int value) {
  char text[16];
  int fd = open(path, O_WRONLY);
  if (fd < 0) return -errno;
  int length = snprintf(text, sizeof text, "%d", value);
  int answer = write(fd, text, (size_t)length) < 0 ? -errno : 0;
  close(fd);
  return answer;
}

static int get(const char *path) {
  char text[16] = "";
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -errno;
  if (read(fd, text, sizeof text - 1) < 0) return -errno;
  close(fd);
  return atoi(text);
}

int main(void) {
  const char *last = "/proc/sys/kernel/ns_last_pid";
  const char *max = "/proc/sys/kernel/pid_max";
  char op[32];
  int a, b, c;
  while (scanf("%31s %d %d %d", op, &a, &b, &c) == 4) {
    pid_t tids[64] = {(pid_t)a, (pid_t)b};
    int answer = -ENOSYS;
    if (!strcmp(op, "fork")) answer = make(0, 0, 0);
    if (!strcmp(op, "stay")) answer = make(0, 0, 1);
    if (!strcmp(op, "set")) answer = make(tids, 1, 0);
    if (!strcmp(op, "set-stay")) answer = make(tids, 1, 1);
    if (!strcmp(op, "set-many")) answer = make(tids, (size_t)c, 0);
    if (!strcmp(op, "last")) answer = get(last);
    if (!strcmp(op, "set-last")) answer = put(last, a);
    if (!strcmp(op, "set-max")) answer = put(max, a);
    printf("%d\n", answer);
    fflush(stdout);
  }
  return 0;
}
