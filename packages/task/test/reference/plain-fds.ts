// The slow, obvious descriptor table: a Map from number to file and flag, searched from zero.

/** What a plain number leads to. */
export interface PlainSlot {
  readonly file: number;
  cloexec: boolean;
}

/** A descriptor table without any cleverness; files are plain numbers. */
export class PlainFds {
  readonly slots = new Map<number, PlainSlot>();
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  lowest(from = 0): number | 'EMFILE' {
    for (let fd = from; fd < this.limit; fd++) if (!this.slots.has(fd)) return fd;
    return 'EMFILE';
  }

  install(file: number, cloexec = false, from = 0): number | 'EMFILE' {
    const fd = this.lowest(from);
    if (fd !== 'EMFILE') this.slots.set(fd, { file, cloexec });
    return fd;
  }

  close(fd: number): 0 | 'EBADF' {
    return this.slots.delete(fd) ? 0 : 'EBADF';
  }

  dup(fd: number): number | string {
    const slot = this.slots.get(fd);
    return slot === undefined ? 'EBADF' : this.install(slot.file);
  }

  dupFrom(fd: number, from: number): number | string {
    const slot = this.slots.get(fd);
    if (slot === undefined) return 'EBADF';
    return from < 0 || from >= this.limit ? 'EINVAL' : this.install(slot.file, false, from);
  }

  dup2(fd: number, to: number): number | string {
    const slot = this.slots.get(fd);
    if (fd === to) return slot === undefined ? 'EBADF' : to;
    if (to < 0 || to >= this.limit || slot === undefined) return 'EBADF';
    this.slots.set(to, { file: slot.file, cloexec: false });
    return to;
  }

  closeRange(first: number, last: number, cloexec: boolean): 0 | 'EINVAL' {
    if (first > last) return 'EINVAL';
    for (const [fd, slot] of this.slots) {
      if (fd < first || fd > last) continue;
      if (cloexec) slot.cloexec = true;
      else this.slots.delete(fd);
    }
    return 0;
  }

  copy(): PlainFds {
    const copy = new PlainFds(this.limit);
    for (const [fd, slot] of this.slots) copy.slots.set(fd, { ...slot });
    return copy;
  }

  exec(): void {
    for (const [fd, { cloexec }] of this.slots) if (cloexec) this.slots.delete(fd);
  }
}
