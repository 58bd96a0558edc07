// What the running kernel refuses of clone3 and execve, and with which errno. posix_spawn is asked by
// `start`, whose refusal names the step.
import { ConfigError, type Refusal } from '@forkless/errors';
import { ask, type Asked, type KernelAnswer } from './scratch.ts';

/** A clone3 whose child ends at once. */
export interface Clone3Question {
  readonly kind: 'clone3';
  readonly flags: bigint;
  /** Bytes of the argument block, 88 where it is not said. */
  readonly size?: number;
  readonly exitSignal?: number;
  /** Whether a stack is offered, and how large it is said to be. */
  readonly stack?: boolean;
  readonly stackSize?: number;
  readonly setTid?: number;
  readonly setTidSize?: number;
}

/** An execve without an environment. */
export interface ExecveQuestion {
  readonly kind: 'execve';
  readonly path: string;
  readonly argv: readonly string[];
}

const sigchld = 17;
/** They cannot be blocked. */
const deadly = [9, 19];
const blockSize = 88;
const argvMax = 128;

/** Flags whose effect is not confined to the child and the process that asks. */
const reachesOut = {
  CLONE_PARENT: 0x8000n,
  CLONE_INTO_CGROUP: 0x2_0000_0000n,
} as const;

/**
 * The answers: 0, or the errno. A child that shares memory without a vfork and a stack is not made:
 * EOPNOTSUPP, as it would run over its parent.
 *
 * @see kernel/fork.c, clone3_args_valid(), copy_process(); fs/exec.c
 */
export function askErrors(
  questions: readonly (Clone3Question | ExecveQuestion)[],
): readonly KernelAnswer[] | Refusal {
  return ask(questions.map(toAsked));
}

function toAsked(one: Clone3Question | ExecveQuestion): Asked {
  if (one.kind === 'execve') {
    const { path, argv } = one;
    if (argv.length > argvMax) throw new ConfigError(`argv: at most ${argvMax} arguments here.`);
    const operands = [0, argv.length, ...argv.map((_, index) => index + 1)];
    return { kind: 'execve', operands, strings: [path, ...argv] };
  }
  for (const [name, flag] of Object.entries(reachesOut)) {
    if ((one.flags & flag) === 0n) continue;
    throw new ConfigError(`flags: ${name} is not asked, as its effect would outlive the question.`);
  }
  const { flags, size = blockSize, exitSignal = sigchld } = one;
  if (deadly.includes(exitSignal)) {
    throw new ConfigError(`exitSignal: ${exitSignal} would end or stop the process that asks.`);
  }
  const { stack = false, stackSize = 0, setTid = 0, setTidSize = 0 } = one;
  const [low, high] = [Number(BigInt.asIntN(32, flags)), Number(BigInt.asIntN(32, flags >> 32n))];
  return {
    kind: 'clone3',
    operands: [size, low, high, exitSignal, Number(stack), stackSize, setTidSize, setTid],
  };
}
