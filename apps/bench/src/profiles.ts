// The cost profiles that experiments can be run with, by name.

import { ConfigError } from '@forkless/errors';
import { SERVER_2025, type CostProfile } from '@forkless/sim';

/** Every profile that ships. */
const profiles: readonly CostProfile[] = [SERVER_2025];

/** Their names, the default first. */
export const profileNames: readonly string[] = profiles.map(({ name }) => name);

/** The profile of that name; a `ConfigError` names those there are. */
export function profileNamed(name: string): CostProfile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  throw new ConfigError(
    `there is no cost profile "${name}", expected one of ${profileNames.join(', ')}`,
  );
}
