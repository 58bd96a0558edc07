// Whether a program fits into what its limits leave: arguments, pointers and auxiliary vector on the new
// stack, everything mapped into RLIMIT_AS. Only small limits make it matter.

import { runCount } from './arguments.ts';
import { RLIM_INFINITY } from '../uapi/resources.ts';
import type { ExecPlan } from './binprm.ts';

/** The random gap below the strings is below this many bytes. @see arch/x86/kernel/process.c, arch_align_stack() */
export const STACK_GAP_END = 8192;
const WORD = 8;
const ALIGN = 16;
/** "x86_64" with its NUL. */
const PLATFORM_BYTES = 7;
/** AT_RANDOM. */
const RANDOM_BYTES = 16;
/** Pairs of the auxiliary vector on x86-64, AT_NULL with them. @see fs/binfmt_elf.c, create_elf_tables(), v6.18 */
const AUX_PAIRS = 23;
const PAGE = 4096;

/**
 * Bytes from the top of the stack down to where the program finds its argument count.
 *
 * @see fs/binfmt_elf.c, create_elf_tables(), v6.18
 */
export function stackBytes(plan: ExecPlan, gap: number): number {
  const strings = alignUp(WORD + plan.stringBytes + gap);
  const below = strings + PLATFORM_BYTES + RANDOM_BYTES + 2 * AUX_PAIRS * WORD;
  const words = runCount(plan.argv) + 1 + runCount(plan.envp) + 1 + 1;
  return alignUp(below + words * WORD);
}

/** Whether the stack may grow that far under a soft RLIMIT_STACK of `limit` bytes. */
export function fitsStack(plan: ExecPlan, limit: number, gap: number): boolean {
  return Math.ceil(stackBytes(plan, gap) / PAGE) * PAGE <= limit;
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

/** Pages by which exec lets the stack grow at once. @see fs/exec.c, setup_arg_pages() */
const STACK_EXPAND_PAGES = 32;
/** vvar, vclock and vdso. @see arch/x86/entry/vdso/vma.c, v6.18 */
const VDSO_PAGES = 8;

/** Whether all that exec maps fits under a soft RLIMIT_AS of `limit` bytes. */
export function fitsAddressSpace(plan: ExecPlan, limit: number, stackLimit: number): boolean {
  if (limit === RLIM_INFINITY) return true;
  const strings = Math.ceil((WORD + plan.stringBytes) / PAGE);
  const stack = Math.min(strings + STACK_EXPAND_PAGES, Math.floor(stackLimit / PAGE));
  const mapped = (plan.image?.mappings ?? []).reduce(
    (sum, { start, end }) => sum + Number(end - start) / PAGE,
    0,
  );
  return Math.max(stack, strings) + mapped + VDSO_PAGES <= Math.floor(limit / PAGE);
}
