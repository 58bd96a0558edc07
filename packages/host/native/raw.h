// Raw system calls, and clone3 onto a stack of its own. Nothing here touches errno or thread-local data:
// the child of a vfork shares both with the thread that made it. Two architectures; build.mjs knows them.
#ifndef FORKLESS_RAW_H
#define FORKLESS_RAW_H

#include <linux/sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

// Numbers that older headers lack; they are the same on both architectures.
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#define FORKLESS_CLOSE_RANGE_UNSHARE 2u
#define FORKLESS_P_PIDFD 3

// struct clone_args up to CLONE_ARGS_SIZE_VER2, under a name of its own so that any header will do.
struct forkless_clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  uint64_t set_tid, set_tid_size, cgroup;
};
#define FORKLESS_CLONE_CLEAR_SIGHAND 0x100000000ULL
#define FORKLESS_CLONE_INTO_CGROUP 0x200000000ULL

// The kernel's own struct sigaction, which differs from the C library's.
struct forkless_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

// The result is the kernel's: -4095 … -1 is a negated errno.
static inline long raw(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
#else
#error "this architecture has no raw system call here"
#endif
}
#define RAW_PICK(_1, _2, _3, _4, _5, _6, _7, name, ...) name
#define RAW0(n) raw(n, 0, 0, 0, 0, 0, 0)
#define RAW1(n, a) raw(n, (long)(a), 0, 0, 0, 0, 0)
#define RAW2(n, a, b) raw(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define RAW3(n, a, b, c) raw(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RAW4(n, a, b, c, d) raw(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RAW5(n, a, b, c, d, e) raw(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define RAW6(n, a, b, c, d, e, f) raw(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW(...) RAW_PICK(__VA_ARGS__, RAW6, RAW5, RAW4, RAW3, RAW2, RAW1, RAW0)(__VA_ARGS__)

// clone3(args, size) whose child calls run(argument) on the stack that args names. Returns in the parent
// only; a child whose run returns ends with status 127.
long forkless_clone3(struct forkless_clone_args *args, size_t size, void (*run)(void *),
                     void *argument);

#endif
