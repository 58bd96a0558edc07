// The slow and obvious model: every page of every process is an object of its own, there are no mappings
// and no tables. What it says about a page (mapped, allowed, whose memory) the real one must say too.

/** Memory that pages of processes refer to. */
export interface Frame {
  refs: number;
}

/** One page of one process. */
export interface PlainPage {
  prot: number;
  /** The object page it maps, or null for private anonymous memory. */
  object: {
    readonly frames: (Frame | null)[];
    readonly index: number;
    readonly shared: boolean;
  } | null;
  /** Memory of its own. */
  own: Frame | null;
  dontFork: boolean;
  wipeOnFork: boolean;
}

const WRITE = 2;

/** A process: pages by number. */
export class PlainProcess {
  readonly pages = new Map<number, PlainPage>();

  map(first: number, count: number, page: () => PlainPage): void {
    for (let i = 0; i < count; i++) this.pages.set(first + i, page());
  }

  unmap(first: number, count: number): void {
    for (let at = first; at < first + count; at++) {
      const page = this.pages.get(at);
      if (page !== undefined) drop(page);
      this.pages.delete(at);
    }
  }

  protect(first: number, count: number, prot: number): boolean {
    for (let at = first; at < first + count; at++) {
      const page = this.pages.get(at);
      if (page === undefined) return false;
      page.prot = prot;
    }
    return true;
  }

  dontNeed(first: number, count: number): void {
    for (let at = first; at < first + count; at++) {
      const page = this.pages.get(at);
      if (page !== undefined) drop(page);
    }
  }

  move(from: number, count: number, to: number): void {
    const moved = Array.from({ length: count }, (_, i) => this.pages.get(from + i)!);
    for (let i = 0; i < count; i++) this.pages.delete(from + i);
    this.unmap(to, count);
    moved.forEach((page, i) => this.pages.set(to + i, page));
  }

  touch(at: number, write: boolean): boolean {
    const page = this.pages.get(at);
    if (page === undefined || (write ? (page.prot & WRITE) === 0 : page.prot === 0)) return false;
    if (page.object !== null) page.object.frames[page.object.index] ??= { refs: 1 };
    if (!write || page.object?.shared) return true;
    if (page.own !== null && page.own.refs === 1) return true;
    drop(page);
    page.own = { refs: 1 };
    return true;
  }

  fork(): PlainProcess {
    const child = new PlainProcess();
    for (const [at, page] of this.pages) {
      if (page.dontFork) continue;
      const own = page.wipeOnFork ? null : page.own;
      if (own !== null) own.refs++;
      child.pages.set(at, { ...page, own });
    }
    return child;
  }

  exit(): void {
    for (const page of this.pages.values()) drop(page);
    this.pages.clear();
  }
}

function drop(page: PlainPage): void {
  if (page.own !== null) page.own.refs--;
  page.own = null;
}
