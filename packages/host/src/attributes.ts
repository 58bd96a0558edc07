// The attributes of posix_spawn, as a request of the model has them, put into our own words. A child of ours
// starts with every signal at its default and none blocked, so what would only reset them asks for nothing.
import { ConfigError } from '@forkless/errors';
import type { SpawnAttributes } from '@forkless/spawn';
import type { HostRequest, SpawnRequest } from './request.ts';

/** The flags that ask for something. @see spawn.h of glibc */
const flag = {
  resetIds: 0x01,
  setGroup: 0x02,
  setMask: 0x08,
  setParameter: 0x10,
  setScheduler: 0x20,
  setSession: 0x80,
  setCgroup: 0x100,
} as const;

const policies = ['other', 'fifo', 'rr', 'batch', undefined, 'idle'] as const;
const signalMax = 64;

/**
 * The request without its attributes, which its other members now say. Throws `ConfigError` when both an
 * attribute and a member say it, and for what a real child cannot be told.
 */
export function withoutAttributes(request: SpawnRequest): Omit<SpawnRequest, 'attributes'> {
  if (request.attributes === undefined) return request;
  const { attributes, ...rest } = request;
  const said = membersOf(attributes);
  for (const name of Object.keys(said) as (keyof typeof said)[]) {
    if (rest[name] === undefined) continue;
    throw new ConfigError(`attributes: "${name}" is said twice, as an attribute and by itself.`);
  }
  return { ...rest, ...said };
}

type Said = Partial<
  Pick<HostRequest, 'group' | 'session' | 'signals' | 'scheduler' | 'cgroup' | 'uid' | 'gid'>
>;

function membersOf(attributes: SpawnAttributes): Said {
  const has = (name: keyof typeof flag) => (attributes.flags & flag[name]) !== 0;
  const { pgroup = 0, sigmask, cgroup } = attributes;
  if (has('setCgroup') && cgroup === undefined) {
    throw new ConfigError('attributes: POSIX_SPAWN_SETCGROUP is set, but no cgroup is named.');
  }
  return {
    ...(has('resetIds') ? { uid: process.getuid!(), gid: process.getgid!() } : {}),
    ...(has('setGroup') ? { group: pgroup } : {}),
    ...(has('setSession') ? { session: true } : {}),
    ...(has('setMask') && sigmask !== undefined ? { signals: { mask: members(sigmask) } } : {}),
    ...(has('setCgroup') ? { cgroup: cgroup! } : {}),
    ...(has('setScheduler') || has('setParameter') ? { scheduler: schedulerOf(attributes) } : {}),
  };
}

function members(set: { has(signal: number): boolean }): number[] {
  return Array.from({ length: signalMax }, (_, index) => index + 1).filter((signal) =>
    set.has(signal),
  );
}

function schedulerOf({
  flags,
  policy,
  priority = 0,
}: SpawnAttributes): NonNullable<HostRequest['scheduler']> {
  if ((flags & flag.setScheduler) === 0) {
    throw new ConfigError(
      'attributes: POSIX_SPAWN_SETSCHEDPARAM needs POSIX_SPAWN_SETSCHEDULER here, as the policy to keep would be that of a helper.',
    );
  }
  const name = policies[policy ?? -1];
  if (name !== undefined) return { policy: name, priority };
  throw new ConfigError(`attributes: ${policy} is no scheduling policy from 0 to 3, or 5.`);
}
