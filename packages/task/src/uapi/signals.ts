// Signal numbers, what each does by default, and the masks the kernel sorts them by.

const NAMES = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const;

/** The name of a standard signal. */
export type SignalName = (typeof NAMES)[number];

/** Numbers of the standard signals on x86-64. @see arch/x86/include/uapi/asm/signal.h */
export const SIGNALS = Object.fromEntries(NAMES.map((name, at) => [name, at + 1])) as Readonly<
  Record<SignalName, number>
>;

/** The lowest and the highest real-time signal, as the kernel counts. */
export const SIGRTMIN = 32;
export const SIGRTMAX = 64;

/** Number of signals; valid ones are 1 to this. */
export const NSIG = 64;

/** The lowest real-time signal a program may use; libc keeps the two below for itself. */
const SIGRTMIN_LIBC = 34;

/** The name of a signal by number; SIGRTMIN and SIGRTMAX as programs count, SIGRT35 … between. */
export function signalName(signal: number): string {
  if (signal === SIGRTMIN_LIBC) return 'SIGRTMIN';
  if (signal === SIGRTMAX) return 'SIGRTMAX';
  return NAMES[signal - 1] ?? `SIGRT${signal}`;
}

/** The number of a signal by its name; undefined for what is none. */
export function signalNumber(name: string): number | undefined {
  if (name in SIGNALS) return SIGNALS[name as SignalName];
  for (let signal = SIGRTMIN; signal <= SIGRTMAX; signal++) {
    if (signalName(signal) === name) return signal;
  }
  return undefined;
}

/** Whether `signal` is one, 0 (a mere check) not counted. @see include/linux/signal.h, valid_signal() */
export function isSignal(signal: number): boolean {
  return Number.isInteger(signal) && signal >= 1 && signal <= NSIG;
}

const numbers = (...names: SignalName[]): ReadonlySet<number> =>
  new Set(names.map((name) => SIGNALS[name]));

const IGNORE = numbers('SIGCONT', 'SIGCHLD', 'SIGWINCH', 'SIGURG');
const STOP = numbers('SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU');
const SYNCHRONOUS = numbers('SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGTRAP', 'SIGFPE', 'SIGSYS');
const COREDUMP = numbers(
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGFPE',
  'SIGSEGV',
  'SIGBUS',
  'SIGSYS',
  'SIGXCPU',
  'SIGXFSZ',
);

/** Whether no process can catch, block or ignore it. @see include/linux/signal.h, sig_kernel_only() */
export function isKernelOnly(signal: number): boolean {
  return signal === SIGNALS.SIGKILL || signal === SIGNALS.SIGSTOP;
}

/** Whether its default is to be ignored. @see include/linux/signal.h, sig_kernel_ignore() */
export function isIgnoredByDefault(signal: number): boolean {
  return IGNORE.has(signal);
}

/** Whether its default is to stop the process. @see include/linux/signal.h, sig_kernel_stop() */
export function isStopSignal(signal: number): boolean {
  return STOP.has(signal);
}

/** Whether its default writes a core file. @see include/linux/signal.h, sig_kernel_coredump() */
export function isCoreSignal(signal: number): boolean {
  return COREDUMP.has(signal);
}

/** Whether it is taken before others, as the trace of a fault. @see kernel/signal.c, SYNCHRONOUS_MASK */
export function isSynchronous(signal: number): boolean {
  return SYNCHRONOUS.has(signal);
}

/** What a SIGCHLD says happened. @see include/uapi/asm-generic/siginfo.h */
export const CLD = {
  CLD_EXITED: 1,
  CLD_KILLED: 2,
  CLD_DUMPED: 3,
  CLD_TRAPPED: 4,
  CLD_STOPPED: 5,
  CLD_CONTINUED: 6,
} as const;

/** Where a signal comes from. @see include/uapi/asm-generic/siginfo.h */
export const SI = { SI_USER: 0, SI_KERNEL: 0x80, SI_TKILL: -6, SI_TIMER: -2 } as const;

/** Flags of a signal action. @see include/uapi/asm-generic/signal-defs.h */
export const SA = {
  SA_NOCLDSTOP: 1,
  SA_NOCLDWAIT: 2,
  SA_SIGINFO: 4,
  SA_ONSTACK: 0x08000000,
  SA_RESTART: 0x10000000,
  SA_NODEFER: 0x40000000,
  SA_RESETHAND: 0x80000000,
} as const;
