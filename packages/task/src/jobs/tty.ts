// A terminal as job control sees it: which session it controls and which group is in the foreground.

import type { Pid } from '@forkless/pid';

/** A terminal. @see include/linux/tty.h, struct tty_struct */
export class Tty {
  readonly name: string;
  session: Pid | undefined;
  foreground: Pid | undefined;

  constructor(name: string) {
    this.name = name;
  }
}
