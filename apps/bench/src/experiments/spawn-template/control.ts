// The arm that the RFC lacks: what a template saves over posix_spawn in the same runtime, by the steps of
// both, and what each thing it might cache besides would be worth.

import { assert, isRefusal } from '@forkless/errors';
import type { CostProfile } from '@forkless/sim';
import {
  costOfAll,
  createTemplate,
  endPath,
  runAfter,
  SpawnCall,
  templateMechanism,
  type Spent,
  type TemplateCache,
} from '@forkless/spawn';
import { installProgram } from '@forkless/task';
import { DYNAMIC_TOOL, elfProgram, runOf } from '../spawning/programs.ts';
import { armFor, TEMPLATE_ARM } from '../spawning/spawn-arms.ts';
import { requestFor, timePath, timeSpawn } from '../spawning/timing.ts';
import { buildWorld } from '../spawning/world.ts';
import type { SimulatedMachine } from '../../machine.ts';

/** What one call takes by each way, in ns, with its program's start, exit and wait. */
export type ControlTimes = Readonly<Record<string, number>>;

const ARMS = ['fork-exec', 'vfork-exec', 'posix-spawn-2.36', 'posix-spawn-2.39', 'kernel-spawn-1'];

/** The agent's runtime: 64 MiB, 32 descriptors that close on exec, some threads. */
const RUNTIME = { rssMib: 64, fds: 32, cloexec: true, threads: 4 };

/** Times every way from the same runtime. */
export function controlTimes(machine: SimulatedMachine, profile: CostProfile): ControlTimes {
  const world = buildWorld(machine.name, RUNTIME);
  return Object.fromEntries(
    [...ARMS, TEMPLATE_ARM].map((name) => {
      const { mechanism, close } = armFor(name, world.parent, DYNAMIC_TOOL.path);
      const { call, end } = timeSpawn(world, mechanism, DYNAMIC_TOOL, { machine, profile });
      close();
      return [name, call.ns + end.ns];
    }),
  );
}

/** Things a template could keep besides, each as the template's own option; libraries as the tool has. */
const LIBRARIES = Array.from({ length: DYNAMIC_TOOL.libraries! }, (_, at) => `/lib64/lib${at}.so`);
export const KEPT: Readonly<Record<string, TemplateCache>> = {
  'pt-interp': { interpreter: true },
  'library-graph': { interpreter: true, libraries: LIBRARIES },
  layout: { interpreter: true, libraries: LIBRARIES, layout: true },
  sharing: { shared: true },
};

/** What keeping something changes of a call: time, and how often each figure is spent more or less. */
export interface Worth {
  readonly savedNs: number;
  readonly changes: Readonly<Record<string, number>>;
}

/** Each of `KEPT` against the RFC's template, by the steps of both with the program's run. */
export function worthOfKept(
  machine: SimulatedMachine,
  profile: CostProfile,
): Readonly<Record<string, Worth>> {
  const { kernel, parent } = buildWorld(machine.name, RUNTIME);
  for (const library of LIBRARIES) installProgram(kernel.init, library, elfProgram());
  const spentOf = (cache: TemplateCache): Spent => {
    const template = createTemplate(parent, DYNAMIC_TOOL.path, 'denyWrite', cache);
    assert(!isRefusal(template), 'a template of an installed program can be made');
    const request = requestFor(DYNAMIC_TOOL);
    const call = new SpawnCall(kernel, parent, request);
    const on = { machine, profile };
    const spawned = timePath(templateMechanism(template).pathFor(request), call, on);
    const ended = timePath(endPath(runAfter(cache, runOf(DYNAMIC_TOOL))), call, on);
    template.close();
    return added(spawned.spent, ended.spent);
  };
  const plain = spentOf({});
  return Object.fromEntries(
    Object.entries(KEPT).map(([name, cache]) => {
      // A process that finds a shared template does not make one of its own, once in its life.
      const making = cache.shared === true ? MAKING : {};
      const changes = differenceOf(spentOf(cache), added(plain, making));
      return [name, { savedNs: -costOfAll(changes, profile), changes }];
    }),
  );
}

/** What making a template comes to: two components of a path, an open, one table of headers. */
const MAKING: Spent = { 'path.component': 2, 'file.open': 1, 'exec.header': 1 };

function added(one: Spent, other: Spent): Spent {
  const sum: Record<string, number> = { ...one };
  for (const [figure, count] of Object.entries(other)) sum[figure] = (sum[figure] ?? 0) + count;
  return sum;
}

function differenceOf(one: Spent, other: Spent): Spent {
  const negative = Object.fromEntries(Object.entries(other).map(([name, count]) => [name, -count]));
  return Object.fromEntries(
    Object.entries(added(one, negative)).filter(([, count]) => count !== 0),
  );
}
