// The ways to make a process that the experiments compare, each with the key of its column.

import { assert, isRefusal } from '@forkless/errors';
import { createTemplate, MECHANISMS, templateMechanism, type Mechanism } from '@forkless/spawn';
import type { Task } from '@forkless/task';

/** The name of the arm that needs a template first. */
export const TEMPLATE_ARM = 'spawn-template';

/** Names of all arms, in the order of the columns. */
export const ARM_NAMES: readonly string[] = [...MECHANISMS.map(({ name }) => name), TEMPLATE_ARM];

/** The mechanism of an arm, for one program; a template is made anew and closed by `close`. */
export function armFor(
  name: string,
  parent: Task,
  path: string,
): { readonly mechanism: Mechanism; readonly close: () => void } {
  if (name !== TEMPLATE_ARM) {
    const mechanism = MECHANISMS.find((one) => one.name === name);
    assert(mechanism !== undefined, 'an arm is a mechanism or the template');
    return { mechanism, close: () => undefined };
  }
  const template = createTemplate(parent, path);
  assert(!isRefusal(template), 'a template of an installed program can be made');
  return { mechanism: templateMechanism(template), close: () => template.close() };
}
