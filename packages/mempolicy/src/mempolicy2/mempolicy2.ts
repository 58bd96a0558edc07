// The proposed calls. None is in any kernel: what they answer follows the summary of the proposals and the
// last series posted, and where those are silent, the decisions in this package's README.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import type { PolicyHolder } from '../holder.ts';
import { bindRange, type MbindErrno } from '../calls/mbind.ts';
import {
  isHomeNode,
  setMempolicyHomeNode,
  type HomeNodeErrno,
} from '../calls/set-mempolicy-home-node.ts';
import { installPolicy } from '../calls/set-mempolicy.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { MPOL, MPOL_F_ADDR, MPOL_MF_HOME_NODE } from '../uapi.ts';
import { answerTask, answerVma, writeAnswer, type AnswerErrno } from './answer-args.ts';
import { dialects, type Dialect } from './dialect.ts';
import { copyArgs, type ArgsPointer, type CopyErrno, type MpolArgs } from './mpol-args.ts';
import { targetToChange, targetToRead, type PidfdErrno, type PidfdResolver } from './pidfd.ts';
import { readWanted, wantedPolicy, withWeights } from './policy-of-args.ts';
import type { UserMemory } from './user-memory.ts';

/** What the calls stand on. */
export interface Mempolicy2Options {
  /** The caller's memory. */
  readonly user: UserMemory;
  /** `seed` if absent. */
  readonly dialect?: Dialect;
  /** Leads from pidfds to tasks; without it no pidfd is one. */
  readonly resolve?: PidfdResolver;
}

/** The errnos of the set calls. */
export type Set2Errno = CopyErrno | PidfdErrno;
/** The errnos of the get calls. */
export type Get2Errno = CopyErrno | PidfdErrno | AnswerErrno;
/** The errnos of the calls about ranges. */
export type Bind2Errno = CopyErrno | PidfdErrno | MbindErrno | 'EOPNOTSUPP';

type Answer<Errno extends string> = 0 | Refusal<Errno>;

/** The proposed calls of one caller's kernel. The first argument of each is the calling task. */
export class Mempolicy2 {
  readonly user: UserMemory;
  readonly dialect: Dialect;
  readonly #resolve: PidfdResolver;

  constructor({ user, dialect = dialects.seed, resolve = () => undefined }: Mempolicy2Options) {
    this.user = user;
    this.dialect = dialect;
    this.#resolve = resolve;
  }

  /** Sets the policy of the calling task. */
  setMempolicy2(caller: PolicyHolder, args: ArgsPointer, flags = 0): Answer<Set2Errno> {
    return this.#set(args, flags, () => caller);
  }

  /** Sets the policy of another task, within the nodes *that* task may use. */
  processSetMempolicy(
    caller: PolicyHolder,
    pidfd: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Set2Errno> {
    return this.#set(args, flags, () => targetToChange(caller, pidfd, this.#resolve));
  }

  /** The policy of the calling task, or with MPOL_F_ADDR of what is mapped at an address. */
  getMempolicy2(
    caller: PolicyHolder,
    args: ArgsPointer,
    address = 0,
    flags = 0,
  ): Answer<Get2Errno> {
    if (flags & ~MPOL_F_ADDR) return refuse('EINVAL', 'unknown flags');
    if (flags & MPOL_F_ADDR) return this.getVmaMempolicy(caller, address, args);
    if (address !== 0) return refuse('EINVAL', 'an address without MPOL_F_ADDR');
    return this.#get(args, 0, () => caller, answerTask);
  }

  /** The policy of what is mapped at an address. */
  getVmaMempolicy(
    caller: PolicyHolder,
    address: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Get2Errno> {
    return this.#get(
      args,
      flags,
      () => caller,
      (holder) => this.#answerVma(holder, address),
    );
  }

  /** The policy of another task. */
  processGetMempolicy(
    caller: PolicyHolder,
    pidfd: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Get2Errno> {
    return this.#get(args, flags, () => targetToRead(caller, pidfd, this.#resolve), answerTask);
  }

  /** The policy of what another process has mapped at an address. */
  processGetVmaMempolicy(
    caller: PolicyHolder,
    pidfd: number,
    address: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Get2Errno> {
    const target = () => targetToRead(caller, pidfd, this.#resolve);
    return this.#get(args, flags, target, (holder) => this.#answerVma(holder, address));
  }

  /** mbind with the struct; with MPOL_MF_HOME_NODE the home node comes in the same step. */
  mbind2(
    caller: PolicyHolder,
    start: number,
    length: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Bind2Errno> {
    return this.#bind(caller, { start, length, args, flags }, () => caller);
  }

  /** The seed's name for mbind2. */
  setVmaMempolicy(
    caller: PolicyHolder,
    start: number,
    length: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Bind2Errno> {
    return this.mbind2(caller, start, length, args, flags);
  }

  /** mbind2 on the memory of another process. */
  processMbind(
    caller: PolicyHolder,
    pidfd: number,
    start: number,
    length: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Bind2Errno> {
    const target = () => targetToChange(caller, pidfd, this.#resolve);
    return this.#bind(caller, { start, length, args, flags }, target);
  }

  /** The seed's name for process_mbind. */
  processSetVmaMempolicy(
    caller: PolicyHolder,
    pidfd: number,
    start: number,
    length: number,
    args: ArgsPointer,
    flags = 0,
  ): Answer<Bind2Errno> {
    return this.processMbind(caller, pidfd, start, length, args, flags);
  }

  /** set_mempolicy_home_node on the memory of another process. */
  processSetMempolicyHomeNode(
    caller: PolicyHolder,
    pidfd: number,
    start: number,
    length: number,
    homeNode: number,
    flags = 0,
  ): Answer<HomeNodeErrno | PidfdErrno> {
    if (flags !== 0) return refuse('EINVAL', 'flags are not 0');
    const target = targetToChange(caller, pidfd, this.#resolve);
    if (isRefusal(target)) return target;
    return setMempolicyHomeNode(target, start, length, homeNode);
  }

  #set(
    { pointer, usize }: ArgsPointer,
    flags: number,
    findTarget: () => PolicyHolder | Refusal<PidfdErrno>,
  ): Answer<Set2Errno> {
    if (flags !== 0) return refuse('EINVAL', 'flags are not 0');
    const args = copyArgs(this.user, pointer, usize, this.dialect);
    if (isRefusal(args)) return args;
    const target = findTarget();
    if (isRefusal(target)) return target;
    const wanted = readWanted(target, this.user, args, this.dialect);
    if (isRefusal(wanted)) return wanted;
    const policy = wantedPolicy(target, wanted);
    if (isRefusal(policy)) return policy;
    installPolicy(target, policy);
    return 0;
  }

  #get(
    at: ArgsPointer,
    flags: number,
    findTarget: () => PolicyHolder | Refusal<PidfdErrno>,
    answer: (holder: PolicyHolder) => Parameters<typeof writeAnswer>[3] | Refusal<AnswerErrno>,
  ): Answer<Get2Errno> {
    if (flags !== 0) return refuse('EINVAL', 'flags are not 0');
    const args = this.#copyFolded(at);
    if (isRefusal(args)) return args;
    const target = findTarget();
    if (isRefusal(target)) return target;
    const found = answer(target);
    if (isRefusal(found)) return found;
    return writeAnswer(this.user, at, args, found, { holder: target, dialect: this.dialect });
  }

  #answerVma(holder: PolicyHolder, address: number) {
    return answerVma(holder, address, this.dialect);
  }

  /** v6 turns whatever goes wrong while the struct is copied into EINVAL, outside the set call. */
  #copyFolded({ pointer, usize }: ArgsPointer): MpolArgs | Refusal<CopyErrno> {
    const args = copyArgs(this.user, pointer, usize, this.dialect);
    return isRefusal(args) && this.dialect.foldsCopyErrors ? refuse('EINVAL', args.reason) : args;
  }

  #bind(
    caller: PolicyHolder,
    request: {
      readonly start: number;
      readonly length: number;
      readonly args: ArgsPointer;
      readonly flags: number;
    },
    findTarget: () => PolicyHolder | Refusal<PidfdErrno>,
  ): Answer<Bind2Errno> {
    const { start, length, flags } = request;
    if (start === 0 || length === 0) return refuse('EINVAL', 'start or length is 0');
    const args = this.#copyFolded(request.args);
    if (isRefusal(args)) return args;
    const target = findTarget();
    if (isRefusal(target)) return target;
    const wanted = readWanted(target, this.user, args, this.dialect);
    if (isRefusal(wanted)) return wanted;
    const hasHome = (flags & MPOL_MF_HOME_NODE) !== 0;
    const home = hasHome ? refuseHome(target, wanted.split.mode, args.homeNode) : null;
    if (home !== null) return home;
    const adjust = (policy: Mempolicy): Mempolicy => {
      const { mask, weights } = wanted;
      const weighted = weights === null ? policy : withWeights(target, policy, mask, weights);
      return hasHome ? weighted.withHomeNode(args.homeNode) : weighted;
    };
    return bindRange(target, {
      start,
      length,
      flags: flags & ~MPOL_MF_HOME_NODE,
      split: wanted.split,
      mask: wanted.mask,
      adjust,
      mayMoveAll: caller.hasCapSysNice,
    });
  }
}

function refuseHome(
  holder: PolicyHolder,
  mode: number,
  homeNode: number,
): Refusal<'EINVAL' | 'EOPNOTSUPP'> | null {
  if (!isHomeNode(holder, homeNode)) return refuse('EINVAL', 'the home node is not online');
  return mode === MPOL.BIND || mode === MPOL.PREFERRED_MANY
    ? null
    : refuse('EOPNOTSUPP', 'only BIND and PREFERRED_MANY have a home node');
}
