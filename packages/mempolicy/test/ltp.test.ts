// What the memory-policy tests of LTP (2026-08) and numactl (2026-06) assert, each under its name.
import { isRefusal, refuse } from '@forkless/errors';
import { countPages, forkMm, objectPage, PAGE_SIZE, touch, touchRange } from '@forkless/mm';
import { describe, expect, test } from 'vitest';
import {
  BAD_POINTER,
  copyHolder,
  getMempolicy,
  mbind,
  migratePages,
  movePages,
  MPOL,
  MPOL_F_ADDR,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_STRICT,
  type Numa,
  PolicyPlacer,
  setMempolicy,
  statusOf,
} from '../src/index.ts';
import { BASE, machineA, mapAt, taskOn } from './machine.ts';

const errnoOf = (answer: unknown) => (isRefusal(answer) ? answer.errno : answer);
const pages = (count: number) => ({ start: BASE, length: count * PAGE_SIZE, maxnode: 64 });

function forkOf(task: ReturnType<typeof taskOn>) {
  const forked = forkMm(task.mm, task.placer);
  if (isRefusal(forked)) throw new Error(forked.reason);
  const holder = copyHolder(task.holder, forked.mm);
  return { mm: forked.mm, holder, placer: new PolicyPlacer(holder) };
}
const nodesOf = ({ mm }: ReturnType<typeof taskOn>, count: number) =>
  Array.from({ length: count }, (_, i) => statusOf(mm, BASE + i * PAGE_SIZE));
const fill = (task: ReturnType<typeof taskOn>, count: number) =>
  touchRange(task.mm, { start: BASE, pageCount: count }, 'write', task.placer);
const writeFile = (numa: Numa, task: ReturnType<typeof taskOn>, count: number) => {
  const file = numa.memory.createObject('page-cache', 9, count);
  return Array.from({ length: count }, (_, i) =>
    numa.memory.pages.node(objectPage(numa.memory, file, i, task.placer)),
  );
};

describe('set_mempolicy', () => {
  test.each([MPOL.BIND, MPOL.PREFERRED])(
    'set_mempolicy01 and 03: mode %i puts 16 pages of parent, child and file on its node',
    (mode) => {
      for (const node of [0, 1, 2, 3]) {
        const numa = machineA();
        const task = taskOn(numa);
        mapAt(task.mm, 32);
        setMempolicy(task.holder, mode, [node], 64);
        fill(task, 16);
        const child = forkOf(task);
        touchRange(child.mm, { start: BASE, pageCount: 32 }, 'write', child.placer);
        expect(new Set([...nodesOf(task, 16), ...nodesOf(child, 32)])).toEqual(new Set([node]));
        expect(new Set(writeFile(numa, task, 16))).toEqual(new Set([node]));
      }
    },
  );

  test('set_mempolicy02 and 04: INTERLEAVE shares memory out exactly evenly, and files too', () => {
    const numa = machineA();
    const task = taskOn(numa);
    mapAt(task.mm, 16);
    for (const [nodes, each] of [
      [[0, 1], 8],
      [[0, 1, 2, 3], 4],
    ] as const) {
      setMempolicy(task.holder, MPOL.INTERLEAVE, nodes, 64);
      const other = taskOn(numa);
      other.holder.policy = task.holder.policy;
      mapAt(other.mm, 16);
      fill(other, 16);
      const { byNode } = countPages(other.mm, BASE, BASE + 16 * PAGE_SIZE);
      expect([...byNode.values()]).toEqual(nodes.map(() => each));
    }
    const counts = [0, 0, 0, 0];
    for (const node of writeFile(numa, task, 60)) counts[node]!++;
    expect(counts).toEqual([15, 15, 15, 15]);
  });
});

describe('get_mempolicy', () => {
  test.each([
    [MPOL.DEFAULT, null, MPOL.DEFAULT, []],
    [MPOL.BIND, [1, 2], MPOL.BIND, [1, 2]],
    [MPOL.INTERLEAVE, [1, 2], MPOL.INTERLEAVE, [1, 2]],
    [MPOL.PREFERRED, [2], MPOL.PREFERRED, [2]],
    [MPOL.PREFERRED, null, MPOL.LOCAL, []],
  ])(
    'get_mempolicy01: mode %i with %j reads back, by task and by address',
    (mode, mask, told, nodes) => {
      const task = taskOn(machineA());
      mapAt(task.mm, 4);
      const ask = { policy: true, nodemask: true, maxnode: 64 };
      setMempolicy(task.holder, mode, mask, 64);
      expect(getMempolicy(task.holder, ask)).toMatchObject({ policy: told, nodemask: nodes });
      mbind(task.holder, { ...pages(4), mode, nodemask: mask });
      expect(
        getMempolicy(task.holder, { ...ask, address: BASE, flags: MPOL_F_ADDR }),
      ).toMatchObject({ policy: told, nodemask: nodes });
    },
  );

  test('get_mempolicy02: ADDR at NULL is EFAULT, flags −1 are EINVAL', () => {
    const { holder } = taskOn(machineA());
    expect(errnoOf(getMempolicy(holder, { policy: true, flags: MPOL_F_ADDR }))).toBe('EFAULT');
    expect(errnoOf(getMempolicy(holder, { policy: true, flags: -1 }))).toBe('EINVAL');
  });
});

describe('mbind', () => {
  test.each([
    ['DEFAULT', MPOL.DEFAULT, null, 0, 0],
    ['DEFAULT with a target', MPOL.DEFAULT, [0], 0, 'EINVAL'],
    ['BIND', MPOL.BIND, [0], 0, 0],
    ['BIND without a target', MPOL.BIND, null, 0, 'EINVAL'],
    ['INTERLEAVE', MPOL.INTERLEAVE, [0], 0, 0],
    ['INTERLEAVE without a target', MPOL.INTERLEAVE, null, 0, 'EINVAL'],
    ['PREFERRED', MPOL.PREFERRED, [0], 0, 0],
    ['PREFERRED without a target', MPOL.PREFERRED, null, 0, 0],
    ['LOCAL', MPOL.LOCAL, null, 0, 0],
    ['LOCAL with a target', MPOL.LOCAL, [0], 0, 'EINVAL'],
    ['a mode of −1', -1, [0], 0, 'EINVAL'],
    ['flags of −1', MPOL.DEFAULT, null, -1, 'EINVAL'],
    ['a mask that faults', MPOL.PREFERRED, BAD_POINTER, 0, 'EFAULT'],
  ] as const)('mbind01: %s', (_what, mode, nodemask, flags, errno) => {
    const task = taskOn(machineA());
    mapAt(task.mm, 4);
    expect(errnoOf(mbind(task.holder, { ...pages(4), mode, nodemask, flags }))).toBe(errno);
  });

  test.each([MPOL.BIND, MPOL.PREFERRED, MPOL.INTERLEAVE])(
    'mbind02: mode %i with STRICT is EIO when a page lies elsewhere, and changes nothing',
    (mode) => {
      const task = taskOn(machineA());
      mapAt(task.mm, 4);
      fill(task, 1);
      const request = { ...pages(4), mode, nodemask: [1], flags: MPOL_MF_STRICT };
      expect(errnoOf(mbind(task.holder, request))).toBe('EIO');
      expect(task.mm.vmas.lookup(BASE)?.policy).toBeNull();
    },
  );

  test.each([MPOL_MF_MOVE, MPOL_MF_MOVE_ALL])('mbind03: flag %i moves pages', (flags) => {
    const task = taskOn(machineA());
    mapAt(task.mm, 4);
    fill(task, 4);
    mbind(task.holder, { ...pages(4), mode: MPOL.BIND, nodemask: [3], flags });
    expect(nodesOf(task, 4)).toEqual([3, 3, 3, 3]);
  });

  test.each([0, MPOL_MF_STRICT])(
    'mbind04: with flags %i faults land on the node, after fork too',
    (flags) => {
      const task = taskOn(machineA());
      mapAt(task.mm, 4);
      mbind(task.holder, { ...pages(4), mode: MPOL.PREFERRED, nodemask: [2], flags });
      const child = forkOf(task);
      fill(task, 4);
      fill(child, 4);
      expect([...nodesOf(task, 4), ...nodesOf(child, 4)].every((node) => node === 2)).toBe(true);
    },
  );
});

describe('migrate_pages', () => {
  const migrate = (
    holder: ReturnType<typeof taskOn>['holder'],
    target: Parameters<typeof migratePages>[1]['target'],
    change = {},
  ) =>
    errnoOf(migratePages(holder, { target, maxnode: 64, oldNodes: [0], newNodes: [1], ...change }));

  test('migrate_pages01: errnos', () => {
    const { holder } = taskOn(machineA());
    expect(migrate(holder, refuse('ESRCH', 'gone'))).toBe('ESRCH');
    expect(migrate(holder, refuse('EPERM', 'not yours'))).toBe('EPERM');
    expect(migrate(holder, holder, { newNodes: [9] })).toBe('EINVAL');
    expect(migrate(holder, holder, { newNodes: [20] })).toBe('EINVAL');
    expect(migrate(holder, holder, { oldNodes: BAD_POINTER })).toBe('EFAULT');
    expect(migrate(holder, { ...holder, mm: null })).toBe('EINVAL');
  });

  test('migrate_pages02: private pages always move, shared ones only with the capability', () => {
    for (const [hasCapSysNice, isShared, node] of [
      [true, false, 1],
      [false, false, 1],
      [true, true, 1],
      [false, true, 0],
    ] as const) {
      const task = taskOn(machineA(), { hasCapSysNice });
      mapAt(task.mm, 4);
      fill(task, 4);
      if (isShared) forkOf(task);
      expect(migrate(task.holder, task.holder)).toBe(0);
      expect(nodesOf(task, 4)).toEqual([node, node, node, node]);
    }
  });
});

describe('move_pages', () => {
  const move = (
    task: ReturnType<typeof taskOn>,
    nodes: number[] | null,
    flags: number = MPOL_MF_MOVE,
  ) => {
    const addresses = [0, 1, 2, 3, 99].map((page) => BASE + page * PAGE_SIZE);
    const { result, status } = movePages(task.holder, {
      target: task.holder,
      addresses,
      nodes: nodes && addresses.map((_, i) => nodes[i % nodes.length]!),
      flags,
    });
    return [errnoOf(result), ...status];
  };

  test('move_pages01, 02 and 04: query and move; absent ENOENT, zero page and invalid EFAULT', () => {
    const task = taskOn(machineA());
    mapAt(task.mm, 4);
    fill(task, 2);
    touch(task.mm, BASE + 2 * PAGE_SIZE, 'read', task.placer);
    expect(move(task, null)).toEqual([0, 0, 0, 'EFAULT', 'ENOENT', 'EFAULT']);
    expect(move(task, [2])).toEqual([0, 2, 2, 'EFAULT', 'ENOENT', 'EFAULT']);
  });

  test('move_pages03, 05 and 11: shared pages move with MOVE_ALL alone, which needs the capability', () => {
    const task = taskOn(machineA());
    mapAt(task.mm, 4);
    fill(task, 4);
    const child = forkOf(task);
    expect(move(task, [1]).slice(0, 5)).toEqual([0, 'EACCES', 'EACCES', 'EACCES', 'EACCES']);
    expect(move(task, [1], MPOL_MF_MOVE_ALL).slice(0, 5)).toEqual([0, 1, 1, 1, 1]);
    expect(nodesOf(child, 4)).toEqual([1, 1, 1, 1]);
    task.holder.hasCapSysNice = false;
    expect(move(task, [2], MPOL_MF_MOVE_ALL)[0]).toBe('EPERM');
  });

  test('move_pages06, 07, 09 and 10: ENODEV, ESRCH, all in place, EINVAL', () => {
    const task = taskOn(machineA());
    mapAt(task.mm, 4);
    fill(task, 4);
    expect(move(task, [9])[0]).toBe('ENODEV');
    expect(move(task, [0]).slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(move(task, [0], MPOL_MF_STRICT)[0]).toBe('EINVAL');
    const target = refuse('ESRCH', 'gone');
    const asked = { target, addresses: [BASE], nodes: null, flags: 0 };
    expect(errnoOf(movePages(task.holder, asked).result)).toBe('ESRCH');
  });
});

describe('numactl', () => {
  test('tshared: shared memory interleaves from its inode, whoever touches it', () => {
    const numa = machineA();
    const [one, two] = [taskOn(numa), taskOn(numa, { cpu: 3 })];
    const object = numa.memory.createObject('shmem', 11, 8);
    for (const { mm } of [one, two]) mapAt(mm, 8, BASE, object);
    mbind(one.holder, { ...pages(8), mode: MPOL.INTERLEAVE, nodemask: [0, 1, 2] });
    for (let page = 0; page < 8; page++) {
      const { mm, placer } = page % 2 ? one : two;
      touch(mm, BASE + page * PAGE_SIZE, 'write', placer);
    }
    const nodes = Array.from({ length: 8 }, (_, i) => numa.memory.pages.node(object.page(i)));
    expect(nodes).toEqual([2, 0, 1, 2, 0, 1, 2, 0]);
  });

  test('prefered: a preferred node is left only when it is full', () => {
    const numa = machineA([400, 400, 400, 400]);
    const task = taskOn(numa);
    mapAt(task.mm, 500);
    setMempolicy(task.holder, MPOL.PREFERRED, [2], 64);
    fill(task, 500);
    expect([...countPages(task.mm, BASE, BASE + 500 * PAGE_SIZE).byNode.keys()]).toEqual([2, 1]);
  });

  test('bind_range: a full BIND ends the task although other nodes are free', () => {
    const numa = machineA([400, 400, 400, 400]);
    const task = taskOn(numa);
    mapAt(task.mm, 500);
    setMempolicy(task.holder, MPOL.BIND, [2], 64);
    expect(fill(task, 500).result).toBe('OOM');
    expect(numa.memory.zones.free[1]).toBe(400);
  });
});
