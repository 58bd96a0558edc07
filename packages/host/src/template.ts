// A template: an executable looked up once, its identity, and its environment encoded once. Each spawn
// rechecks the identity right before the child is made, so that a file that was replaced is noticed.
import { constants as access } from 'node:fs';
import { access as canAccess, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { ConfigError } from '@forkless/errors';
import {
  checkIdentityFlag,
  compile,
  encodeEnv,
  flagsIndex,
  type EncodedEnv,
  type Program,
} from './program.ts';
import type { SpawnRequest, StdioEntry } from './request.ts';
import { startPrepared, type Child, type StartRefusal } from './start.ts';

/** How a template is made. */
export interface TemplateOptions {
  /** The environment of every child, fixed here; absent: the one of the process at each spawn. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `refuse`: a changed file is ESTALE (as first). `refresh`: the new file is taken. */
  readonly whenStale?: 'refuse' | 'refresh';
}

/** What a spawn from a template may still say. */
export type TemplateRequest = Omit<SpawnRequest, 'path' | 'search' | 'argv' | 'env' | 'envp'>;

/** An executable that is ready to be spawned. */
export class Template {
  readonly path: string;
  readonly #whenStale: 'refuse' | 'refresh';
  readonly #env: EncodedEnv | undefined;
  #identity: BigInt64Array;

  /** Use `createTemplate`. */
  constructor(path: string, identity: BigInt64Array, options: TemplateOptions) {
    this.path = path;
    this.#identity = identity;
    this.#whenStale = options.whenStale ?? 'refuse';
    this.#env =
      options.env === undefined ? undefined : (encodeEnv({ env: options.env }) as EncodedEnv);
  }

  /** Starts a child. `argv` begins with the program's own name. ESTALE, step `identity`, if it changed. */
  async spawn(
    argv: readonly string[],
    request: TemplateRequest = {},
  ): Promise<Child | StartRefusal> {
    const whole = { ...request, path: this.path, argv };
    const first = await startPrepared(whole, this.#prepared());
    if (first.ok || first.step !== 'identity' || this.#whenStale === 'refuse') return first;
    await this.refresh();
    return startPrepared(whole, this.#prepared());
  }

  /** Takes the file that is there now. Throws as `stat` does if there is none. */
  async refresh(): Promise<void> {
    this.#identity = await identityOf(this.path);
  }

  /** A request of `spawn` with this executable in place of its own. */
  compile(
    request: SpawnRequest,
    entries: readonly Exclude<StdioEntry, 'pipe'>[],
    copied: boolean,
  ): { program: Program; identity: BigInt64Array } {
    const { search: _, ...rest } = request;
    const isOurs = request.env === undefined && request.envp === undefined;
    const env = isOurs ? this.#env : undefined;
    const program = compile({ ...rest, path: this.path }, entries, copied, env);
    program.numbers[flagsIndex]! |= checkIdentityFlag;
    return { program, identity: this.#identity };
  }

  #prepared() {
    return {
      identity: this.#identity,
      ...(this.#env === undefined ? {} : { env: this.#env }),
    };
  }
}

/**
 * Finds an executable (a path, or a name in PATH), and keeps what every spawn of it needs. Throws
 * `ConfigError` when there is none.
 */
export async function createTemplate(
  file: string,
  options: TemplateOptions = {},
): Promise<Template> {
  const path = await find(file);
  return new Template(path, await identityOf(path), options);
}

async function find(file: string): Promise<string> {
  const directories = (process.env['PATH'] ?? '/bin:/usr/bin').split(delimiter);
  const candidates = file.includes('/')
    ? [resolve(file)]
    : directories.map((directory) => resolve(directory, file));
  for (const candidate of candidates) {
    try {
      await canAccess(candidate, access.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // The next directory may have it.
    }
  }
  throw new ConfigError(`createTemplate: "${file}" is no executable file of this machine.`);
}

/** Device, inode, size, mode, owner, and both times: see identity in native/helper.c. */
async function identityOf(path: string): Promise<BigInt64Array> {
  const { dev, ino, size, mode, uid, gid, ctimeNs, mtimeNs } = await stat(path, { bigint: true });
  const billion = 1_000_000_000n;
  return BigInt64Array.of(
    dev,
    ino,
    size,
    mode,
    (uid << 32n) | gid,
    ctimeNs / billion,
    ctimeNs % billion,
    mtimeNs / billion,
    mtimeNs % billion,
  );
}
