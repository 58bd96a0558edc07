// The memory-policy calls of a scenario, asked of the model.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  BAD_POINTER,
  getMempolicy,
  mbind,
  migratePages,
  movePages,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  MPOL_MODE_FLAGS,
  nodesText,
  peekNode,
  setMempolicy,
  setMempolicyHomeNode,
  walkNode,
  type NodemaskArgument,
  type PolicyHolder,
} from '@forkless/mempolicy';
import { PAGE_SIZE } from '@forkless/mm';
import { type Handler, retOf } from '../answer.ts';
import type { Fields, Json } from '../fields.ts';
import {
  getFlagNumbers,
  modeFlagNames,
  modeFlagNumbers,
  modeName,
  modeNumbers,
  moveFlagNumbers,
} from '../names.ts';
import type { World } from '../world.ts';

function nodemask(inputs: Fields, name: string): NodemaskArgument {
  const value = inputs.json[name];
  if (value === null || value === BAD_POINTER) return value;
  return inputs.integers(name);
}

/** Mode and flags in one number. JSON numbers hold every mode word that was recorded exactly. */
function modeWord(inputs: Fields): bigint {
  const flags = inputs.flags('flags', modeFlagNumbers);
  return BigInt(inputs.named('mode', modeNumbers)) | BigInt(flags);
}

const setMempolicyCall: Handler = ({ current }, inputs) => {
  const mask = nodemask(inputs, 'nodemask');
  const result = setMempolicy(current.holder, modeWord(inputs), mask, inputs.integer('maxnode'));
  if (result === 0) current.didKernelWork = false;
  return retOf(result);
};

const getMempolicyCall: Handler = ({ current }, inputs) => {
  const pointer = (name: string): boolean | typeof BAD_POINTER => {
    const value = inputs.json[name];
    return value === BAD_POINTER ? BAD_POINTER : value === 1;
  };
  const flags = inputs.flags('flags', getFlagNumbers);
  const request = {
    policy: pointer('want_policy'),
    nodemask: pointer('want_mask'),
    maxnode: inputs.integer('maxnode'),
    address: inputs.address('addr'),
    flags,
  };
  const slip = flags === MPOL_F_NODE ? peekAfterOne(current.holder) : null;
  const answer = getMempolicy(current.holder, request);
  const { policy } = answer;
  const isNode = (flags & (MPOL_F_NODE | MPOL_F_MEMS_ALLOWED)) !== 0;
  return {
    ...retOf(isRefusal(answer) ? answer : 0),
    ...(policy === undefined ? {} : { policy }),
    ...(policy === undefined || isNode
      ? {}
      : { out_mode: modeName(policy & ~MPOL_MODE_FLAGS), out_flags: modeFlagNames(policy) }),
    ...(answer.nodemask === undefined
      ? {}
      : { out_nodemask: answer.nodemask, out_mask_bytes_written: answer.maskBytes }),
    ...(slip !== null && current.didKernelWork ? { policySlipped: slip } : {}),
  };
};

/** What the walk would answer after one more page. */
function peekAfterOne(holder: PolicyHolder): number | null {
  if (holder.policy === null || holder.policy.nodes.count === 0) return null;
  const ahead = { ...holder };
  walkNode(ahead, holder.policy);
  return peekNode(ahead, holder.policy);
}

const mbindCall: Handler = ({ current }, inputs) =>
  retOf(
    mbind(current.holder, {
      start: inputs.address('addr'),
      length: inputs.integer('len'),
      mode: modeWord(inputs),
      nodemask: nodemask(inputs, 'nodemask'),
      maxnode: inputs.integer('maxnode'),
      flags: inputs.flags('mf_flags', moveFlagNumbers),
    }),
  );

const homeNodeCall: Handler = ({ current }, inputs) =>
  retOf(
    setMempolicyHomeNode(
      current.holder,
      inputs.address('addr'),
      inputs.integer('len'),
      inputs.integer('home_node'),
      inputs.flags('flags', {}),
    ),
  );

/** The process a pid names, as the caller may see it. @see kernel/ptrace.c, ptrace_may_access(), v6.12 */
function target(world: World, inputs: Fields): PolicyHolder | Refusal<'ESRCH' | 'EPERM'> {
  const { current } = world;
  const pid = inputs.json['pid'];
  if (pid === 'self' || pid === 0) return current.holder;
  const process =
    pid === 'parent' ? (current.parent ?? undefined) : world.processes.get(inputs.integer('pid'));
  if (process === undefined || process.waitStatus !== null) {
    return refuse('ESRCH', 'no such process');
  }
  return current.uid === 0 || current.uid === process.uid
    ? process.holder
    : refuse('EPERM', 'the process may not be read');
}

const migratePagesCall: Handler = (world, inputs) =>
  retOf(
    migratePages(world.current.holder, {
      target: target(world, inputs),
      maxnode: inputs.integer('maxnode'),
      oldNodes: nodemask(inputs, 'old_nodes'),
      newNodes: nodemask(inputs, 'new_nodes'),
    }),
  );

const movePagesCall: Handler = (world, inputs) => {
  const count = inputs.count('pages');
  const start = inputs.address('addr');
  const given = inputs.json['nodes'] === null ? null : inputs.integers('nodes');
  const { result, status } = movePages(world.current.holder, {
    target: target(world, inputs),
    addresses: Array.from({ length: count }, (_, i) => start + i * PAGE_SIZE),
    nodes: given && Array.from({ length: count }, (_, i) => given[i % given.length]!),
    flags: inputs.flags('flags', moveFlagNumbers),
  });
  return { ...retOf(result), status: status.map((one) => one ?? 'UNTOUCHED') };
};

const memsAllowed: Handler = ({ current }): Json => ({
  ...retOf(0),
  mems_allowed: nodesText(current.holder.mems),
});

/** By call. */
export const policyCalls: Readonly<Record<string, Handler>> = {
  set_mempolicy: setMempolicyCall,
  get_mempolicy: getMempolicyCall,
  mbind: mbindCall,
  set_mempolicy_home_node: homeNodeCall,
  migrate_pages: migratePagesCall,
  move_pages: movePagesCall,
  mems_allowed: memsAllowed,
};

/** Whether get_mempolicy asks for the next node of the walk. */
export function asksForWalk(flags: number): boolean {
  return (flags & (MPOL_F_NODE | MPOL_F_ADDR)) === MPOL_F_NODE;
}
