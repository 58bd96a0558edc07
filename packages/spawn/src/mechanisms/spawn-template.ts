// spawn_template as its first RFC has it: a program is opened and checked once, and children are made
// from the template by one call. What comes after the child exists is an exit status, not an error.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { attempt, change, path, when, work, type PathNode } from '@forkless/sim';
import { CLONE_FLAGS, closeFrom, componentsOf, exitGroupWith } from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import { POSIX_SPAWN, type SpawnRequest } from '../request.ts';
import { SPAWN_ERROR, type SpawnCall } from '../spawn-call.ts';
import { actionSteps } from '../steps/action-steps.ts';
import { maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps } from '../steps/clone-steps.ts';
import { becomeProgram } from '../steps/exec-steps.ts';
import { rememberMaskStep, sigdefaultSteps } from '../steps/signal-steps.ts';
import type { Mechanism } from './mechanism.ts';
import { createTemplate, type SpawnTemplate } from './template.ts';
import { cachedExecWork, type TemplateCache } from './template-cache.ts';

const FIRST_CLOSED = 3;
const ACTIONS_MAX = 256;
/** Exit codes by which a child of a template tells why it did not become the program. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  ENOENT: SPAWN_ERROR,
  EACCES: 126,
  ENOEXEC: 126,
};
const ATTRIBUTES = POSIX_SPAWN.POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN.POSIX_SPAWN_SETSIGMASK;

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
      path(
        'spawn-template',
        ...templateSteps(() => template, { request, cache: template.cache, ...options }),
      ),
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
export const SPAWN_TEMPLATE: Mechanism = wholeTemplate(ABOUT, {});

const beyond = (what: string): string => `${ABOUT.source}; ${what} is ours`;

/** The same with each thing that the RFC does not keep. Libraries depend on the program: none here. */
export const TEMPLATE_VARIANTS: readonly Mechanism[] = [
  wholeTemplate(
    {
      name: 'spawn-template+interpreter',
      title: 'a template that keeps the interpreter of PT_INTERP too',
      source: beyond('the interpreter'),
    },
    { interpreter: true },
  ),
  wholeTemplate(
    {
      name: 'spawn-template+layout',
      title: 'a template that keeps a picture of the linked program',
      source: beyond('the picture'),
    },
    { layout: true },
  ),
  wholeTemplate(
    {
      name: 'spawn-template+shared',
      title: 'a template that another process with equal rights has made',
      source: beyond('sharing'),
    },
    { shared: true },
  ),
];

/** Made, used and closed; one that is shared is there already, and only asked for. */
function wholeTemplate(about: Omit<Mechanism, 'pathFor'>, cache: TemplateCache): Mechanism {
  return {
    ...about,
    pathFor: (request) => {
      const made = new WeakMap<SpawnCall, SpawnTemplate>();
      const templateOf = (call: SpawnCall): SpawnTemplate => made.get(call)!;
      const close = change('close the template', (call: SpawnCall) => templateOf(call).close());
      const isShared = cache.shared === true;
      return path(
        about.name,
        ...step('parent', isShared ? 'find the template' : 'make the template', (call) => {
          const template = createTemplate(call.parent, request.path, 'denyWrite', cache);
          if (isRefusal(template)) return template;
          made.set(call, template);
          return undefined;
        }),
        ...(isShared ? [] : makingWork(request.path)),
        attempt('the template', templateSteps(templateOf, { request, cache }), [close]),
        close,
      );
    },
  };
}

/** The program is walked to, opened, and its headers read, once for all that come from the template. */
function makingWork(programPath: string): SpawnPart[] {
  return [
    work('walk to program', 'path.component', componentsOf(programPath)),
    work('open program', 'file.open'),
    work('read headers', 'exec.header'),
  ];
}

type TemplateOf = (call: SpawnCall) => SpawnTemplate;

interface TemplateUse {
  readonly request: SpawnRequest;
  readonly cache: TemplateCache;
  readonly inheritFds?: boolean;
}

function templateSteps(templateOf: TemplateOf, use: TemplateUse): SpawnPart[] {
  return [
    ...rememberMaskStep(),
    ...step('parent', 'spawn from the template', (call) => check(templateOf(call), call)),
    ...step('kernel for parent', 'open the program again and compare', (call) =>
      templateOf(call).compareProgram(call.parent),
    ),
    work('walk to it', 'path.component', componentsOf(use.request.path)),
    work('open it', 'file.open'),
    work('close it', 'fd.close'),
    ...compareKept(templateOf, use.cache),
    ...cloneSteps('kernel for parent', 'clone', ({ pidfd }) => ({
      flags: CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK | CLONE_FLAGS.CLONE_PIDFD,
      pidfd,
    })),
    ...untilFailure(childWork(templateOf, use)),
    change('a child that failed exits with a code for its error', exitWithCode),
  ];
}

/** What is kept besides the program is held to the program's rule: found again by its path, and compared. */
function compareKept(templateOf: TemplateOf, cache: TemplateCache): SpawnPart[] {
  const keeps =
    cache.interpreter === true || cache.layout === true || (cache.libraries ?? []).length > 0;
  if (!keeps) return [];
  const files = (call: SpawnCall): readonly string[] => templateOf(call).keptPaths;
  return [
    ...step('kernel for parent', 'compare what is kept besides', (call) => {
      const template = templateOf(call);
      for (const at of template.keptPaths.keys()) {
        const refused = template.compareKept(call.parent, at);
        if (refused !== undefined) return refused;
      }
      return undefined;
    }),
    work('walk to each', 'path.component', (call: SpawnCall) =>
      files(call).reduce((sum, one) => sum + componentsOf(one), 0),
    ),
    work('open each', 'file.open', (call: SpawnCall) => files(call).length),
    work('close each', 'fd.close', (call: SpawnCall) => files(call).length),
  ];
}

function childWork(
  templateOf: TemplateOf,
  { request, cache, inheritFds = false }: TemplateUse,
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
      becomeFrom(call, templateOf(call)),
    ),
    ...cachedExecWork(request.path, cache),
  ];
}

/** By its path, or straight from the file that was open. */
function becomeFrom(call: SpawnCall, { path: programPath, from }: SpawnTemplate) {
  return from === undefined ? becomeProgram(call, programPath) : becomeProgram(call, '', from);
}

function check(template: SpawnTemplate, { parent, request }: SpawnCall): Refusal | undefined {
  const refused = template.refuseUser(parent);
  if (refused !== undefined) return refused;
  if ((request.actions?.length ?? 0) > ACTIONS_MAX) return refuse('E2BIG', 'too many actions');
  const others = (request.attributes?.flags ?? 0) & ~ATTRIBUTES;
  return others === 0 ? undefined : refuse('EINVAL', 'an attribute the RFC does not have');
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
