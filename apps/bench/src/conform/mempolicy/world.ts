// The machine a scenario runs on, with what stands around the policy calls: processes, mounts, cpusets,
// sysfs. Everything starts as the recorder had set it up.
import { createHolder, Numa } from '@forkless/mempolicy';
import { createMm, LocalPlacer, Memory, type MemoryObject } from '@forkless/mm';
import { fallbackOrders } from '@forkless/topology';
import type { TmpfsPolicy } from '@forkless/mempolicy';
import { Cpusets } from './cpusets.ts';
import { Process } from './process.ts';
import type { RecordedMachine, Scenario } from './scenario.ts';

/** A mounted file system. */
export interface Mount {
  readonly kind: 'shmem' | 'page-cache';
  readonly policy: TmpfsPolicy | null;
  readonly files: Map<string, MemoryObject>;
}

/** Everything a scenario can reach. */
export class World {
  readonly numa: Numa;
  readonly cpusets: Cpusets;
  readonly mounts = new Map<string, Mount>();
  readonly folders = new Set(['/mnt', '/cg', '/sys']);
  readonly processes = new Map<number, Process>();
  /** The process whose steps are running. */
  current: Process;
  #nextPid = 100;

  constructor({ machine, cgroup, initialCpu, initialUid }: Scenario) {
    const memory = new Memory(shapeOf(machine));
    this.numa = new Numa(memory, { nodesMax: machine.nodesMax, nodeIdCount: machine.nodeIdCount });
    this.cpusets = new Cpusets({
      version: cgroup,
      mems: memory.memoryNodes,
      cpus: machine.cpus.flat(),
      nodesMax: machine.nodesMax,
      findProcess: (pid) => this.processes.get(pid),
      moveCpu: (process, cpus) => this.moveCpu(process, cpus),
    });
    this.mounts.set('/mnt', { kind: 'shmem', policy: null, files: new Map() });
    this.mounts.set('/mnt/ram', { kind: 'page-cache', policy: null, files: new Map() });
    this.folders.add('/mnt/ram');
    takeKernelMemory(memory, machine);
    const init = this.#boot();
    const node = memory.shape.nodeOfCpu(initialCpu);
    const mm = createMm(memory, new LocalPlacer(memory, node));
    const hasCapSysNice = initialUid === 0;
    const holder = createHolder(this.numa, { mm, cpu: initialCpu, hasCapSysNice });
    this.current = new Process(this.takePid(), init, holder, this.cpusets.root);
    this.current.uid = initialUid;
    this.current.affinity = [initialCpu];
    this.processes.set(this.current.pid, this.current);
  }

  /** Pid 1, whose child the scenario's process is, and the first kernel thread. */
  #boot(): Process {
    const { memory } = this.numa;
    const mm = createMm(memory, new LocalPlacer(memory, memory.memoryNodes.first));
    const init = new Process(1, null, createHolder(this.numa, { mm }), this.cpusets.root);
    const thread = new Process(2, null, createHolder(this.numa), this.cpusets.root);
    for (const process of [init, thread]) this.processes.set(process.pid, process);
    return init;
  }

  takePid(): number {
    return this.#nextPid++;
  }

  /** Puts a process onto one of its CPUs: the one it is on if that is among them, else the first. */
  moveCpu(process: Process, allowed: readonly number[]): void {
    const asked = process.affinity?.filter((cpu) => allowed.includes(cpu)) ?? [];
    const cpus = asked.length === 0 ? allowed : asked;
    if (!cpus.includes(process.holder.cpu)) process.holder.cpu = Math.min(...cpus);
  }

  /** The mount that holds a path: the longest that is a prefix of it. */
  mountOf(path: string): Mount | undefined {
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const mount = this.mounts.get(at);
      if (mount !== undefined) return mount;
    }
    return undefined;
  }
}

/**
 * What the kernel itself holds of each node after boot.
 *
 * CAL: 2 % of a node with CPUs and 0.9 % of one without, from the free pages of the four recorded machines
 * (Linux 6.12.117 in QEMU: 1.6 to 3.2 % and 0.83 to 0.95 %); recordings do not compare them.
 */
function takeKernelMemory(memory: Memory, machine: RecordedMachine): void {
  for (const { node, pages } of memory.shape.nodes) {
    const share = machine.cpus[node]!.length > 0 ? 0.02 : 0.009;
    memory.zones.take([node], null, null, Math.round(pages * share));
  }
}

function shapeOf(machine: RecordedMachine) {
  const nodes = Array.from({ length: machine.nodes }, (_, node) => node);
  const pages = machine.memoryKb.map((kb) => Math.floor(kb / 4));
  const orders = fallbackOrders(
    {
      nodes,
      distances: machine.distances.flat(),
      hasMemory: pages.map((count) => count > 0),
      hasCpu: machine.cpus.map((cpus) => cpus.length > 0),
    },
    'boot',
  );
  return {
    nodes: nodes.map((node) => ({ node, pages: pages[node]! })),
    fallbackOrder: (node: number) => orders.get(node)!,
    nodeOfCpu: (cpu: number) => machine.cpus.findIndex((cpus) => cpus.includes(cpu)),
  };
}
