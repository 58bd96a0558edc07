// What a modelled system call answers when the kernel says no: a value, never an exception.

/**
 * A refused operation. `errno` is the UAPI name as a string; each function narrows it to the names it
 * can return. After a refusal the state is as before, apart from what the kernel itself changes.
 */
export interface Refusal<Errno extends string = string> {
  readonly ok: false;
  readonly errno: Errno;
  /** One clause saying which rule refused. */
  readonly reason: string;
}

/** Makes a refusal. */
export function refuse<Errno extends string>(errno: Errno, reason: string): Refusal<Errno> {
  return { ok: false, errno, reason };
}

/** Tells a refusal from any result of a call. */
export function isRefusal(result: unknown): result is Refusal {
  return (
    typeof result === 'object' &&
    result !== null &&
    (result as Partial<Refusal>).ok === false &&
    typeof (result as Partial<Refusal>).errno === 'string'
  );
}
