import { isRefusal } from '@forkless/errors';
import { Nodemask, PAGE_SIZE, touch, touchRange } from '@forkless/mm';
import { describe, expect, test } from 'vitest';
import {
  bitmapNodes,
  copyHolder,
  decodeArgs,
  type Dialect,
  dialects,
  encodeArgs,
  getMempolicy,
  mbind,
  Mempolicy2,
  MPOL,
  MPOL_ARGS_SIZE_VER0,
  MPOL_ARGS_SIZE_VER1,
  MPOL_ARGS_SIZE_VER2,
  MPOL_F_ADDR,
  MPOL_F_NODE,
  MPOL_F_STATIC_NODES,
  MPOL_MF_HOME_NODE,
  MPOL_MF_MOVE_ALL,
  type PidfdTarget,
  putArgs,
  setMempolicy,
  statusOf,
  UserMemory,
} from '../src/index.ts';
import { BASE, machineA, mapAt, taskOn } from './machine.ts';

const errnoOf = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);
const usize = MPOL_ARGS_SIZE_VER2;

function setUp(dialect: Dialect = dialects.seed, target: Partial<PidfdTarget> = {}) {
  const numa = machineA();
  const task = taskOn(numa);
  mapAt(task.mm, 16);
  const other = taskOn(numa, { mems: Nodemask.of([2, 3]) });
  mapAt(other.mm, 16);
  const user = new UserMemory();
  const found: PidfdTarget = {
    holder: other.holder,
    isExited: false,
    isKernelThread: false,
    isOwn: false,
    mayAttach: true,
    mayRead: true,
    ...target,
  };
  const calls = new Mempolicy2({
    user,
    dialect,
    resolve: (_caller, pidfd) => (pidfd === 7 ? found : undefined),
  });
  const put = (values: Parameters<typeof putArgs>[1], size: number = usize) => ({
    pointer: putArgs(user, values),
    usize: size,
  });
  const read = ({ pointer }: { pointer: number }) => {
    const args = decodeArgs(user.read(pointer, usize)!);
    const nodes = (at: number) => (at === 0 ? null : bitmapNodes(user.read(at, 128)!, 1024));
    return { ...args, nodes: nodes(args.polNodes), mems: nodes(args.memsAllowed) };
  };
  return { ...task, numa, other, user, calls, put, read };
}

describe('the struct', () => {
  const { user, calls, holder } = setUp();
  const bytes = (size: number, change: Partial<Parameters<typeof encodeArgs>[0]> = {}) => {
    const pointer = user.allocate(size);
    user.write(pointer, encodeArgs({ mode: MPOL.LOCAL, ...change }).subarray(0, size));
    return { pointer, usize: size };
  };
  const errno = (args: { pointer: number; usize: number }) =>
    errnoOf(calls.setMempolicy2(holder, args));

  test('is taken smaller than ours, equal and larger, but not smaller than the first', () => {
    expect(errno(bytes(MPOL_ARGS_SIZE_VER0 - 1))).toBe('EINVAL');
    for (const size of [MPOL_ARGS_SIZE_VER0, MPOL_ARGS_SIZE_VER1, 40, usize]) {
      expect(errno(bytes(size))).toBe(0);
    }
    const large = { pointer: user.allocate(4097), usize: 4096 };
    user.write(large.pointer, encodeArgs({ mode: MPOL.LOCAL }));
    expect(errno(large)).toBe(0);
    expect(errno({ ...large, usize: 4097 })).toBe('E2BIG');
    user.write(large.pointer + 100, Uint8Array.of(1));
    expect(errno(large)).toBe('E2BIG');
  });

  test('with reserved bytes set or a bad pointer is refused', () => {
    expect(errno({ pointer: 8, usize })).toBe('EFAULT');
    for (const at of [10, 15, 42, 47]) {
      const args = bytes(usize);
      user.write(args.pointer + at, Uint8Array.of(1));
      expect(errno(args)).toBe('EINVAL');
    }
  });

  test('of v6 ends after the weights, and its copy errors become EINVAL outside the set call', () => {
    const v6 = new Mempolicy2({ user, dialect: dialects.v6 });
    const args = bytes(usize, { memsMaxnodes: 4 });
    expect(errnoOf(v6.setMempolicy2(holder, args))).toBe('E2BIG');
    expect(errnoOf(v6.getMempolicy2(holder, args))).toBe('EINVAL');
    expect(errnoOf(v6.mbind2(holder, BASE, 4096, args))).toBe('EINVAL');
    expect(errnoOf(v6.mbind2(holder, BASE, 4096, { pointer: 8, usize }))).toBe('EINVAL');
    expect(errnoOf(calls.mbind2(holder, BASE, 4096, { pointer: 8, usize }))).toBe('EFAULT');
  });

  test('is written back as far as both sides know it', () => {
    setMempolicy(holder, MPOL.INTERLEAVE, [1, 2], 64);
    const pointer = user.allocate(64);
    user.write(pointer, new Uint8Array(64).fill(0xee, 24, 32));
    user.write(pointer + 24, new Uint8Array(8));
    expect(calls.getMempolicy2(holder, { pointer, usize: MPOL_ARGS_SIZE_VER0 })).toBe(0);
    expect(decodeArgs(user.read(pointer, usize)!)).toMatchObject({ mode: 3, policyNode: 0 });
    expect(calls.getMempolicy2(holder, { pointer, usize: 64 })).toBe(0);
    expect(decodeArgs(user.read(pointer, usize)!)).toMatchObject({ homeNode: -1, policyNode: 1 });
  });
});

describe('set_mempolicy2', () => {
  test('is set_mempolicy with mode and flags apart', () => {
    const { calls, holder, put } = setUp();
    const args = put({ mode: MPOL.BIND, modeFlags: MPOL_F_STATIC_NODES, nodes: [1, 2, 7] });
    expect(calls.setMempolicy2(holder, args)).toBe(0);
    const ask = { policy: true, nodemask: true, maxnode: 64 };
    expect(getMempolicy(holder, ask)).toMatchObject({ policy: 0x8002, nodemask: [1, 2, 7] });
  });

  test.each([
    [{ mode: MPOL.BIND | MPOL_F_STATIC_NODES, nodes: [1] }, 'EINVAL'],
    [{ mode: 7, nodes: [1] }, 'EINVAL'],
    [{ mode: MPOL.BIND, modeFlags: 1, nodes: [1] }, 'EINVAL'],
    [{ mode: MPOL.BIND, nodes: [20] }, 'EINVAL'],
    [{ mode: MPOL.BIND, nodes: [4], maxnodes: 4 }, 'EINVAL'],
    [{ mode: MPOL.BIND, nodes: [3], maxnodes: 4 }, 0],
    [{ mode: MPOL.BIND, nodes: [9] }, 'EINVAL'],
    [{ mode: MPOL.BIND }, 'EINVAL'],
    [{ mode: MPOL.INTERLEAVE, nodes: [1], weights: [1, 1] }, 'EINVAL'],
    [{ mode: MPOL.BIND, nodes: [1], homeNode: 99 }, 0],
  ])('%o answers %s', (values, errno) => {
    const { calls, holder, put } = setUp();
    expect(errnoOf(calls.setMempolicy2(holder, put(values)))).toBe(errno);
  });

  test('a flags argument is 0, a mask and weights that fault are EFAULT', () => {
    const { calls, holder, put, user } = setUp();
    const args = put({ mode: MPOL.WEIGHTED_INTERLEAVE, nodes: [0, 1] });
    expect(errnoOf(calls.setMempolicy2(holder, args, 1))).toBe('EINVAL');
    for (const at of [16, 24]) {
      const bad = put({ mode: MPOL.WEIGHTED_INTERLEAVE, nodes: [0, 1], weights: [1] });
      user.write(bad.pointer + at, Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0));
      expect(errnoOf(calls.setMempolicy2(holder, bad))).toBe('EFAULT');
    }
  });
});

describe('weights of a policy', () => {
  test('are its own for good; a weight of 0 is the global one of that moment', () => {
    const { calls, holder, put, numa, mm, placer } = setUp();
    numa.weights.set(1, 3);
    const mode = MPOL.WEIGHTED_INTERLEAVE;
    calls.setMempolicy2(holder, put({ mode, nodes: [0, 1], weights: [2, 0] }));
    numa.weights.set(0, 9);
    numa.weights.set(1, 9);
    touchRange(mm, { start: BASE, pageCount: 10 }, 'write', placer);
    const nodes = Array.from({ length: 10 }, (_, i) => statusOf(mm, BASE + i * PAGE_SIZE));
    // The index of the first page is 2^32, and 2^32 mod (2 + 3) = 1.
    expect(nodes).toEqual([0, 1, 1, 1, 0, 0, 1, 1, 1, 0]);
    const child = copyHolder(holder, null);
    expect(child.policy?.weights?.[1]).toBe(3);
  });

  test('of a policy without any are the global ones of each allocation', () => {
    const { calls, holder, put, numa, read, user } = setUp();
    calls.setMempolicy2(holder, put({ mode: MPOL.WEIGHTED_INTERLEAVE, nodes: [0, 1] }));
    numa.weights.set(1, 5);
    const args = put({ nodes: [], weights: [] });
    calls.getMempolicy2(holder, args);
    expect([...user.read(read(args).ilWeights, 5)!]).toEqual([1, 5, 1, 1, 0]);
  });

  test('may come with INTERLEAVE in the reading that extends that mode', () => {
    const { calls, holder, put } = setUp({ ...dialects.seed, interleaveTakesWeights: true });
    const values = { mode: MPOL.INTERLEAVE, nodes: [0, 1], weights: [2, 1] };
    expect(calls.setMempolicy2(holder, put(values))).toBe(0);
    expect(holder.policy).toMatchObject({ mode: MPOL.WEIGHTED_INTERLEAVE });
    expect(errnoOf(calls.setMempolicy2(holder, put({ ...values, mode: MPOL.BIND })))).toBe(
      'EINVAL',
    );
  });
});

describe('get_mempolicy2 and get_vma_mempolicy', () => {
  test('tell policy, allowed nodes and the next node in one call', () => {
    const { calls, holder, put, read } = setUp();
    setMempolicy(holder, MPOL.INTERLEAVE, [1, 3], 64);
    const args = put({ nodes: [], wantsMems: true });
    expect(calls.getMempolicy2(holder, args)).toBe(0);
    expect(read(args)).toMatchObject({
      mode: 3,
      homeNode: -1,
      policyNode: 1,
      vmaNode: -1,
      nodes: [1, 3],
      mems: [0, 1, 2, 3],
    });
    setMempolicy(holder, MPOL.BIND, [1, 3], 64);
    calls.getMempolicy2(holder, args);
    expect(read(args)).toMatchObject({ mode: 2, policyNode: -1 });
  });

  test('both spellings answer alike about an address, and look without bringing the page in', () => {
    const { calls, holder, put, read, mm, placer } = setUp();
    mbind(holder, { start: BASE, length: 8192, mode: MPOL.BIND, nodemask: [2], maxnode: 64 });
    const [seed, v6] = [put({ nodes: [] }), put({ nodes: [] })];
    const told = () => {
      expect(calls.getVmaMempolicy(holder, BASE, seed)).toBe(0);
      expect(calls.getMempolicy2(holder, v6, BASE, MPOL_F_ADDR)).toBe(0);
      const { polNodes: _a, ...one } = read(seed);
      const { polNodes: _b, ...two } = read(v6);
      expect(two).toEqual(one);
      return one;
    };
    expect(told()).toMatchObject({ mode: 2, nodes: [2], vmaNode: -1 });
    expect(statusOf(mm, BASE)).toBe('ENOENT');
    touch(mm, BASE, 'read', placer);
    expect(told()).toMatchObject({ vmaNode: -1 });
    touch(mm, BASE, 'write', placer);
    expect(told()).toMatchObject({ vmaNode: 2 });
  });

  test('bring the page in where the dialect says so, and the node is the old call’s', () => {
    const { calls, holder, put, read } = setUp({ ...dialects.seed, faultsIn: true });
    const args = put({ nodes: [] });
    expect(calls.getVmaMempolicy(holder, BASE + PAGE_SIZE, args)).toBe(0);
    const flags = MPOL_F_NODE | MPOL_F_ADDR;
    expect(getMempolicy(holder, { policy: true, address: BASE + PAGE_SIZE, flags }).policy).toBe(0);
    expect(read(args).vmaNode).toBe(-1);
  });

  test.each([
    ['an unmapped address', BASE - PAGE_SIZE, MPOL_F_ADDR, {}, 'EFAULT'],
    ['an address without the flag', BASE, 0, {}, 'EINVAL'],
    ['an unknown flag', BASE, 1, {}, 'EINVAL'],
    ['a mask without room for every node', 0, 0, { nodes: [], maxnodes: 3 }, 'EINVAL'],
    ['a mask with room for just those', 0, 0, { nodes: [], maxnodes: 4 }, 0],
  ])('%s', (_what, address, flags, values, errno) => {
    const { calls, holder, put } = setUp();
    expect(errnoOf(calls.getMempolicy2(holder, put(values), address, flags))).toBe(errno);
  });
});

describe('mbind2', () => {
  test('sets policy and home node in one step', () => {
    const { calls, holder, put, mm, placer } = setUp();
    const args = put({ mode: MPOL.BIND, nodes: [1, 2], homeNode: 2 });
    expect(calls.mbind2(holder, BASE, 8 * PAGE_SIZE, args, MPOL_MF_HOME_NODE)).toBe(0);
    expect(calls.setVmaMempolicy(holder, BASE + 8 * PAGE_SIZE, 8 * PAGE_SIZE, args)).toBe(0);
    touchRange(mm, { start: BASE, pageCount: 16 }, 'write', placer);
    expect([statusOf(mm, BASE), statusOf(mm, BASE + 8 * PAGE_SIZE)]).toEqual([2, 1]);
    expect(mm.vmas.count).toBe(2);
  });

  test.each([
    ['start 0', 0, 4096, { mode: MPOL.BIND, nodes: [1] }, 0, 'EINVAL'],
    ['length 0', BASE, 0, { mode: MPOL.BIND, nodes: [1] }, 0, 'EINVAL'],
    [
      'a home node offline',
      BASE,
      4096,
      { mode: MPOL.BIND, nodes: [1], homeNode: 9 },
      MPOL_MF_HOME_NODE,
      'EINVAL',
    ],
    [
      'a home node for a walk',
      BASE,
      4096,
      { mode: MPOL.INTERLEAVE, nodes: [1] },
      MPOL_MF_HOME_NODE,
      'EOPNOTSUPP',
    ],
    ['a hole', BASE, 17 * 4096, { mode: MPOL.BIND, nodes: [1] }, 0, 'EFAULT'],
    ['an unknown flag', BASE, 4096, { mode: MPOL.BIND, nodes: [1] }, 32, 'EINVAL'],
  ])('%s', (_what, start, length, values, flags, errno) => {
    const { calls, holder, put } = setUp();
    expect(errnoOf(calls.mbind2(holder, start, length, put(values), flags))).toBe(errno);
  });
});

describe('calls on another process', () => {
  const errnos = (target: Partial<PidfdTarget>, pidfd = 7, hasCapSysNice = true) => {
    const { calls, holder, put } = setUp(dialects.seed, target);
    holder.hasCapSysNice = hasCapSysNice;
    const args = put({ mode: MPOL.BIND, nodes: [2], wantsMems: false });
    return [
      calls.processSetMempolicy(holder, pidfd, args),
      calls.processMbind(holder, pidfd, BASE, 4096, args),
      calls.processSetMempolicyHomeNode(holder, pidfd, BASE, 4096, 2),
      calls.processGetMempolicy(holder, pidfd, args),
      calls.processGetVmaMempolicy(holder, pidfd, BASE, args),
    ].map(errnoOf);
  };

  test('need a live task, CAP_SYS_NICE and the right to attach to change it, to read it for reading', () => {
    const all = (errno: string) => Array.from({ length: 5 }, () => errno);
    expect(errnos({})).toEqual([0, 0, 0, 0, 0]);
    expect(errnos({}, 8)).toEqual(all('EBADF'));
    expect(errnos({ isExited: true })).toEqual(all('ESRCH'));
    expect(errnos({ isKernelThread: true }).slice(0, 3)).toEqual(all('EPERM').slice(0, 3));
    expect(errnos({}, 7, false)).toEqual(['EPERM', 'EPERM', 'EPERM', 0, 0]);
    expect(errnos({ mayAttach: false })).toEqual(['EPERM', 'EPERM', 'EPERM', 0, 0]);
    expect(errnos({ mayRead: false })).toEqual([0, 0, 0, 'EPERM', 'EPERM']);
    expect(errnos({ isOwn: true, mayAttach: false, mayRead: false }, 7, false)).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  test('go by the nodes of the target, and begin its walk anew', () => {
    const { calls, holder, other, put, read } = setUp();
    const args = put({ mode: MPOL.INTERLEAVE, nodes: [0, 3] });
    other.holder.ilPrev = 0;
    expect(calls.processSetMempolicy(holder, 7, args)).toBe(0);
    expect(other.holder.policy?.nodes.members).toEqual([3]);
    expect(holder.policy).toBeNull();
    const asked = put({ nodes: [], wantsMems: true });
    calls.processGetMempolicy(holder, 7, asked);
    expect(read(asked)).toMatchObject({ mode: 3, policyNode: 3, mems: [2, 3] });
    const outside = put({ mode: MPOL.BIND, nodes: [0, 1] });
    expect(errnoOf(calls.processSetMempolicy(holder, 7, outside))).toBe('EINVAL');
  });

  test('MOVE_ALL needs CAP_SYS_NICE of the caller, even for its own', () => {
    const { calls, holder, other, put } = setUp(dialects.seed, { isOwn: true });
    const args = put({ mode: MPOL.BIND, nodes: [2] });
    holder.hasCapSysNice = false;
    expect(errnoOf(calls.processMbind(holder, 7, BASE, 4096, args, MPOL_MF_MOVE_ALL))).toBe(
      'EPERM',
    );
    expect(other.holder.hasCapSysNice).toBe(true);
  });

  test('the checks come in order: flags, struct, target, rules', () => {
    const { calls, holder, put } = setUp();
    const bad = put({ mode: 9 });
    expect(errnoOf(calls.processSetMempolicy(holder, 8, { ...bad, usize: 8 }, 1))).toBe('EINVAL');
    expect(errnoOf(calls.processSetMempolicy(holder, 8, { ...bad, usize: 5000 }))).toBe('E2BIG');
    expect(errnoOf(calls.processSetMempolicy(holder, 8, bad))).toBe('EBADF');
    expect(errnoOf(calls.processSetMempolicy(holder, 7, bad))).toBe('EINVAL');
  });
});
