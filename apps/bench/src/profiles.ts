// The cost profiles that experiments can be run with: by name, or as a file that `forkless host calibrate`
// wrote.
import { readFileSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import {
  checkProfile,
  SERVER_2025,
  ZEN5_GUEST,
  type CostProfile,
  type Figure,
} from '@forkless/sim';

/** Every profile that ships. */
const profiles: readonly CostProfile[] = [SERVER_2025, ZEN5_GUEST];

/** Their names, the default first. */
export const profileNames: readonly string[] = profiles.map(({ name }) => name);

/** Whether this names a file and not a profile that ships. */
export function isProfileFile(name: string): boolean {
  return name.endsWith('.json');
}

/** The profile of that name or in that file; a `ConfigError` says what is wrong or names those there are. */
export function profileNamed(name: string = profileNames[0]!): CostProfile {
  if (isProfileFile(name)) return readProfile(name);
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  throw new ConfigError(
    `there is no cost profile "${name}", expected one of ${profileNames.join(', ')}, or a file *.json`,
  );
}

const filesRead = new Map<string, CostProfile>();

/** Read once, so that all of a run sees the same figures. */
function readProfile(path: string): CostProfile {
  const before = filesRead.get(path);
  if (before !== undefined) return before;
  let profile: unknown;
  try {
    profile = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`cost profile ${path}: ${(error as Error).message}`);
  }
  if (!isProfile(profile)) {
    throw new ConfigError(
      `cost profile ${path}: expected { name, description, figures }, each figure with value, unit, low, high, provenance and source, as \`forkless host calibrate --out FILE\` writes it`,
    );
  }
  checkProfile(profile);
  filesRead.set(path, profile);
  return profile;
}

function isProfile(value: unknown): value is CostProfile {
  const { name, description, figures } = (value ?? {}) as Partial<CostProfile>;
  return (
    typeof name === 'string' &&
    typeof description === 'string' &&
    typeof figures === 'object' &&
    Object.values(figures).every(isFigure)
  );
}

const units = ['ns', 'ratio', 'count'];
const provenances = ['measured', 'published', 'estimated', 'fitted'];

function isFigure(value: unknown): boolean {
  const { value: number, unit, low, high, provenance, source } = (value ?? {}) as Partial<Figure>;
  return (
    [number, low, high].every((one) => typeof one === 'number') &&
    units.includes(unit as string) &&
    provenances.includes(provenance as string) &&
    typeof source === 'string'
  );
}
