import { describe, expect, test } from 'vitest';
import {
  findPid,
  getPid,
  IdrIds,
  PID_KERNELS,
  PidNamespaces,
  Rcu,
  type Pid,
} from '../src/index.ts';

function machine() {
  const pids = new PidNamespaces({
    allocator: () => new IdrIds<Pid>(),
    kernel: PID_KERNELS['7.0'],
  });
  const make = () => pids.alloc({ namespace: pids.initial }) as Pid;
  make();
  return { pids, make };
}

describe('a grace period', () => {
  test('waits for those who were reading, and not for those who began later', () => {
    const rcu = new Rcu();
    const ran: string[] = [];
    const early = rcu.readLock();
    rcu.call(() => ran.push('first'));
    const late = rcu.readLock();
    rcu.call(() => ran.push('second'));
    rcu.readUnlock(early);
    expect(ran).toEqual(['first']);
    expect(rcu.waitingCount).toBe(1);
    rcu.readUnlock(late);
    expect(ran).toEqual(['first', 'second']);
  });

  test('is over at once when nobody reads', () => {
    let ran = 0;
    new Rcu().call(() => ran++);
    expect(ran).toBe(1);
  });
});

describe('a struct pid', () => {
  test('stays for a reader who found it, though its number is gone', () => {
    const { pids, make } = machine();
    const pid = make();
    const section = pids.rcu.readLock();
    const found = findPid(pids.initial, pid.numbers[0]!);
    pids.free(pid);
    expect(findPid(pids.initial, pid.numbers[0]!)).toBeUndefined();
    expect(found!.count).toBe(1);
    expect(make().slot).not.toBe(pid.slot);
    pids.rcu.readUnlock(section);
    expect(pid.count).toBe(0);
    expect(make().slot).toBe(pid.slot);
  });

  test('that a reader has got while it was dying lives until it is put', () => {
    const { pids, make } = machine();
    const pid = make();
    const section = pids.rcu.readLock();
    pids.free(pid);
    getPid(pid);
    pids.rcu.readUnlock(section);
    expect(pid.count).toBe(1);
    expect(make().slot).not.toBe(pid.slot);
    pids.put(pid);
    expect(pid.count).toBe(0);
    expect(() => getPid(pid)).toThrow('not held any more');
    expect(() => pids.put(pid)).toThrow('not put again');
    expect(make().slot).toBe(pid.slot);
  });

  test('of a refused call is free again at once: nobody has seen it', () => {
    const { pids, make } = machine();
    const section = pids.rcu.readLock();
    expect(pids.alloc({ namespace: pids.initial, setTid: [1] })).toMatchObject({ errno: 'EEXIST' });
    expect(make().slot).toBe(1);
    pids.rcu.readUnlock(section);
  });
});
