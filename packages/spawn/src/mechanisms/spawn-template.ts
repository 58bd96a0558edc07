// spawn_template as its first RFC has it: a program is opened and checked once, and children are made
// from the template by one call. What comes after the child exists is an exit status, not an error.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { attempt, change, path, when, work, type PathNode } from '@forkless/sim';
import {
  CLONE_FLAGS,
  closeFrom,
  componentsOf,
  dropPlan,
  EXEC_WORK,
  exitGroupWith,
  inodeOf,
  lookupPath,
  prepareExec,
  RLIMITS,
  type Cred,
  type ExecCall,
  type ExecPlan,
  type Inode,
  type Task,
} from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import { POSIX_SPAWN, type SpawnRequest } from '../request.ts';
import { callerOf, SPAWN_ERROR, type SpawnCall } from '../spawn-call.ts';
import { actionSteps } from '../steps/action-steps.ts';
import { maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps } from '../steps/clone-steps.ts';
import { becomeProgram, execWork } from '../steps/exec-steps.ts';
import { rememberMaskStep, sigdefaultSteps } from '../steps/signal-steps.ts';
import type { Mechanism } from './mechanism.ts';

/** What a template does about writers: keeps them away, or notices and becomes stale. */
export type Invalidation = 'denyWrite' | 'detectAndDrop';

/** What tells that a program is still the same: device and number, size, rights, and both times. */
interface TemplateKey {
  readonly device: unknown;
  readonly ino: number;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ctime: number;
  readonly mtime: number;
}

const FIRST_CLOSED = 3;
const ACTIONS_MAX = 256;
/** Exit codes by which a child of a template tells why it did not become the program. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  ENOENT: SPAWN_ERROR,
  EACCES: 126,
  ENOEXEC: 126,
};
const ATTRIBUTES = POSIX_SPAWN.POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN.POSIX_SPAWN_SETSIGMASK;

/** What an exec comes to when the headers of the program itself are at hand: those of PT_INTERP are not. */
const HEADERS_AT_HAND = EXEC_WORK.map((one) =>
  one.figure === 'exec.header'
    ? { ...one, count: (call: ExecCall) => Math.max(one.count(call) - 1, 0) }
    : one,
);

/** A template: a checked program, and who may use it. */
export class SpawnTemplate {
  readonly path: string;
  /** The very credentials it was made with; nobody else may use it, not even with equal ones. */
  readonly cred: Cred;
  readonly #key: TemplateKey;
  #plan: ExecPlan | undefined;

  constructor(programPath: string, cred: Cred, plan: ExecPlan, invalidation: Invalidation) {
    this.path = programPath;
    this.cred = cred;
    this.#key = keyOf(inodeOf(plan.file));
    if (invalidation === 'denyWrite') this.#plan = plan;
    else dropPlan(plan);
  }

  /** Whether the program is still what it was. */
  matches(inode: Inode): boolean {
    const now = keyOf(inode);
    return (Object.keys(now) as (keyof TemplateKey)[]).every((key) => now[key] === this.#key[key]);
  }

  /** The last descriptor of the template is closed: writers may come again. */
  close(): void {
    if (this.#plan !== undefined) dropPlan(this.#plan);
    this.#plan = undefined;
  }
}

function keyOf(inode: Inode): TemplateKey {
  const { sb, ino, mode, uid, gid, content, ctime, mtime } = inode;
  return { device: sb, ino, size: content.length, mode, uid, gid, ctime, mtime };
}

/**
 * Makes a template of a program. EINVAL for a relative path, ENOEXEC for what is no ELF program, ETXTBSY
 * while somebody writes to it, and what opening it for exec refuses.
 * @see the spawn_template RFC, v1 (2026-05-28), create
 */
export function createTemplate(
  caller: Task,
  programPath: string,
  invalidation: Invalidation = 'denyWrite',
): SpawnTemplate | Refusal {
  if (!programPath.startsWith('/')) return refuse('EINVAL', 'the path is relative');
  const plan = openProgram(caller, programPath);
  return isRefusal(plan) ? plan : new SpawnTemplate(programPath, caller.cred, plan, invalidation);
}

/** Opens a program as exec does; a script, whose interpreter would be opened instead, is refused. */
function openProgram(caller: Task, programPath: string): ExecPlan | Refusal {
  const opener = {
    ...callerOf(caller),
    noNewPrivs: caller.noNewPrivs,
    stackLimit: caller.group.rlimits[RLIMITS.RLIMIT_STACK]!.cur,
    sharesFs: false,
    isOverNproc: () => false,
  };
  const plan = prepareExec(opener, { path: programPath, argv: [programPath], envp: [] });
  if (plan === 'checked') return refuse('EINVAL', 'only a check');
  if (isRefusal(plan)) return plan;
  const found = lookupPath(opener, programPath);
  if (!isRefusal(found) && found.dentry.inode === inodeOf(plan.file)) return plan;
  dropPlan(plan);
  return refuse('ENOEXEC', 'a script');
}

/**
 * Spawning from a template. EACCES for other credentials than the maker's, E2BIG for more than 256
 * actions, EINVAL for attributes the RFC has not, ESTALE when the program changed; then no more errors.
 * Unless `inheritFds`, everything from 3 on is closed after the actions.
 * @see the spawn_template RFC, v1 (2026-05-28), spawn
 */
export function templateMechanism(
  template: SpawnTemplate,
  options: { readonly inheritFds?: boolean } = {},
): Mechanism {
  return {
    ...ABOUT,
    pathFor: (request) =>
      path('spawn-template', ...templateSteps(() => template, request, options)),
  };
}

const ABOUT = {
  name: 'spawn-template',
  title: 'one call that makes a child from a program opened before',
  source: 'spawn_template RFC v1, 2026-05-28',
} as const;

/**
 * A template made, used once and closed: the whole of the proposal as one list, to be printed and compared.
 * It stands apart from the other mechanisms because it does not promise what they do: attributes other than
 * the signals' are EINVAL, there is no search, and what goes wrong in the child is an exit status.
 */
export const SPAWN_TEMPLATE: Mechanism = {
  ...ABOUT,
  pathFor: (request) => {
    const made = new WeakMap<SpawnCall, SpawnTemplate>();
    const templateOf = (call: SpawnCall): SpawnTemplate => made.get(call)!;
    const close = change('close the template', (call: SpawnCall) => templateOf(call).close());
    return path(
      'spawn-template',
      ...step('parent', 'make the template', (call) => {
        const template = createTemplate(call.parent, request.path);
        if (isRefusal(template)) return template;
        made.set(call, template);
        return undefined;
      }),
      attempt('the template', templateSteps(templateOf, request, {}), [close]),
      close,
    );
  },
};

type TemplateOf = (call: SpawnCall) => SpawnTemplate;

function templateSteps(
  templateOf: TemplateOf,
  request: SpawnRequest,
  { inheritFds = false }: { readonly inheritFds?: boolean },
): SpawnPart[] {
  return [
    ...rememberMaskStep(),
    ...step('parent', 'spawn from the template', (call) => check(templateOf(call), call)),
    ...step('kernel for parent', 'open the program again and compare', (call) =>
      compareProgram(templateOf(call), call),
    ),
    work('walk to it', 'path.component', componentsOf(request.path)),
    work('open it', 'file.open'),
    work('close it', 'fd.close'),
    ...cloneSteps('kernel for parent', 'clone', ({ pidfd }) => ({
      flags: CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK | CLONE_FLAGS.CLONE_PIDFD,
      pidfd,
    })),
    ...untilFailure(childWork(templateOf, request, inheritFds)),
    change('a child that failed exits with a code for its error', exitWithCode),
  ];
}

function childWork(
  templateOf: TemplateOf,
  request: SpawnRequest,
  inheritFds: boolean,
): SpawnPart[] {
  const who = 'kernel for child';
  const closes = [
    ...step(who, 'close everything from 3 on', (call) => {
      const { files } = call.child;
      const before = files!.openCount;
      closeFrom(files!, FIRST_CLOSED);
      call.closedCount = before - files!.openCount;
    }),
    work('close them', 'fd.close-range', ({ closedCount }: SpawnCall) => closedCount),
  ];
  return [
    ...sigdefaultSteps(who, request),
    ...actionSteps(who, request),
    ...(inheritFds ? [] : closes),
    ...maskStep(who, request),
    ...step(who, `exec ${request.path}, headers at hand`, (call) =>
      becomeProgram(call, templateOf(call).path),
    ),
    ...execWork(HEADERS_AT_HAND),
  ];
}

function check(template: SpawnTemplate, { parent, request }: SpawnCall): Refusal | undefined {
  if (parent.cred !== template.cred)
    return refuse('EACCES', 'the template is of other credentials');
  if ((request.actions?.length ?? 0) > ACTIONS_MAX) return refuse('E2BIG', 'too many actions');
  const others = (request.attributes?.flags ?? 0) & ~ATTRIBUTES;
  return others === 0 ? undefined : refuse('EINVAL', 'an attribute the RFC does not have');
}

function compareProgram(template: SpawnTemplate, { parent }: SpawnCall): Refusal | undefined {
  const plan = openProgram(parent, template.path);
  if (isRefusal(plan)) return plan.errno === 'ENOEXEC' ? refuse('ESTALE', plan.reason) : plan;
  const isSame = template.matches(inodeOf(plan.file));
  dropPlan(plan);
  return isSame ? undefined : refuse('ESTALE', 'the program is no longer the one that was checked');
}

/** Steps of the child: a refused one is noted, and the rest is passed over. */
export function untilFailure(parts: readonly SpawnPart[]): SpawnPart[] {
  const nodes = parts.flatMap((part) => (part.kind === 'path' ? [...part.nodes] : [part]));
  return nodes.map((node) =>
    when(
      'the child has not failed',
      (call: SpawnCall) => call.childError === undefined,
      noted(node),
    ),
  );
}

function noted(node: PathNode<SpawnCall>): PathNode<SpawnCall> {
  if (node.kind !== 'change') return node;
  return {
    ...node,
    run(call, cpu) {
      const answer = node.run(call, cpu);
      if (isRefusal(answer)) call.childError = answer;
    },
  };
}

function exitWithCode({ kernel, child, childError }: SpawnCall): void {
  if (childError === undefined) return;
  exitGroupWith(kernel, child, EXIT_CODES[childError.errno] ?? 1);
}
