// What a command knows of the terminal it runs in, so that tests can hand it one of their own.
import { createColors } from 'picocolors';

/** Where text goes. */
export interface TextStream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in characters, where it is known. */
  readonly columns?: number | undefined;
}

/** Results go to `stdout`; progress, hints and complaints go to `stderr`. */
export interface Terminal {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A clock for progress alone; no result depends on it. */
  nowMs(): number;
}

/** Colouring functions, each the identity where colours are not wanted. */
export type Colors = ReturnType<typeof createColors>;

/**
 * Colours for one stream: only on a terminal, never with NO_COLOR, always with FORCE_COLOR.
 * @see https://no-color.org
 */
export function colorsFor(stream: TextStream, env: Terminal['env']): Colors {
  if (env['NO_COLOR']) return createColors(false);
  if (env['FORCE_COLOR']) return createColors(env['FORCE_COLOR'] !== '0');
  return createColors(stream.isTTY && env['TERM'] !== 'dumb');
}
