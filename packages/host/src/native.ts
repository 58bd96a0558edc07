// The addon, if it is there and the kernel lets it work. Asked once, at first use: other runtimes and
// other systems never load it, as it needs a real libuv and Linux.
import { constants } from 'node:os';
import { createRequire } from 'node:module';

/** A child inside the addon. */
export type Handle = { readonly handle: unique symbol };

/** Who is told of children, inside the addon. */
export type Listening = { readonly listening: unique symbol };

/** What the addon calls with its numbers; see deliver() in native/owner.c. */
export type Told = (
  ended: number,
  id: number,
  pid: number,
  errno: number,
  stepOrCode: number,
  pathOrSignal: number,
  userUs?: number,
  systemUs?: number,
  rssKibMax?: number,
) => void;

/** The calls of native/addon.c. */
export interface Native {
  probe(): { readonly clone: number; readonly getfd: number };
  listen(told: Told): Listening;
  submit(
    listening: Listening,
    numbers: Int32Array,
    text: Text,
    identity: BigInt64Array | undefined,
  ): Handle;
  pid(handle: Handle): number;
  kill(handle: Handle, signal: number): number;
  pidfd(handle: Handle): number;
  pair(): number;
  close(fd: number): void;
  hold(listening: Listening, hold: boolean): void;
  limit(count: number): number;
  ask(ownPids: boolean, questions: Int32Array, text: string, answers: BigInt64Array): number;
}

type Text = string | Uint8Array;

/** The addon and what it may do here, or the reason why it is not used. */
export type Loaded =
  | { readonly native: Native; readonly ownTable: boolean; readonly getfdErrno: string | undefined }
  | { readonly native: undefined; readonly reason: string };

let loaded: Loaded | undefined;

/** Loads and probes the addon at the first call. */
export function load(): Loaded {
  loaded ??= tryToLoad();
  return loaded;
}

function tryToLoad(): Loaded {
  const foreign = foreignRuntime();
  if (foreign !== undefined) return { native: undefined, reason: foreign };
  try {
    const native = requireAddon();
    const { clone, getfd } = native.probe();
    if (clone !== 0) {
      return { native: undefined, reason: `the kernel refuses clone3 with ${errnoName(clone)}` };
    }
    const getfdErrno = getfd === 0 ? undefined : errnoName(getfd);
    return { native, ownTable: getfd === 0, getfdErrno };
  } catch (error) {
    return {
      native: undefined,
      reason: `the addon cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
    };
  }
}

function foreignRuntime(): string | undefined {
  if (process.env['FORKLESS_HOST'] === 'child_process')
    return 'FORKLESS_HOST asks for child_process';
  if (process.versions['bun'] !== undefined)
    return 'Bun has no libuv, and spawns without fork itself';
  if (process.versions['deno'] !== undefined)
    return 'Deno has no libuv, and spawns without fork itself';
  // It guards child_process alone, and hands its flags on to children.
  if ((process as { permission?: object }).permission !== undefined)
    return "Node's permission model is on, which would not see children of ours";
  if (process.platform !== 'linux')
    return `the addon is for Linux, and this is ${process.platform}`;
  return undefined;
}

/**
 * First the one that was published with the package, then one built on this machine. FORKLESS_HOST_ADDON
 * names another build of it, such as one with sanitizers.
 */
function requireAddon(): Native {
  const require = createRequire(import.meta.url);
  const named = process.env['FORKLESS_HOST_ADDON'];
  if (named !== undefined) return require(named) as Native;
  const file = `forkless-host-linux-${process.arch}.node`;
  // From `dist` the local one lies beside this file, from `src` in the `dist` next door.
  const folders = ['../prebuilds', '.', '../dist'];
  for (const folder of folders) {
    try {
      return require(`${folder}/${file}`) as Native;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error(`this build has none for ${process.platform} ${process.arch}`);
}

const errnoNames = new Map(
  // Of two names of one number the first: EAGAIN, not EWOULDBLOCK.
  Object.entries(constants.errno)
    .map(([name, errno]) => [errno, name] as const)
    .toReversed(),
);

/** `2` → `ENOENT`; those without a name here by their number. */
export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `errno ${errno}`;
}
