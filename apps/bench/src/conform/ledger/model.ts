// The recorded operations on the model: each phase is done, and what it allocated is counted from the
// state it began with.

import { assert, isRefusal } from '@forkless/errors';
import { mmap, MAP, munmap, objectPage, PAGE_SIZE, PROT, touch, type Counts } from '@forkless/mm';
import {
  cloneFlags,
  cloneObjects,
  closeFd,
  EXEC_SLABS,
  execveCounted,
  exitGroupWith,
  fetchEntry,
  installFd,
  kernelClone,
  legacyArgs,
  O_CREAT,
  O_WRONLY,
  inodeOf,
  memoryOf,
  openPath,
  WOULD_BLOCK,
  write,
  createFiles,
  createCred,
  type Task,
} from '@forkless/task';
import { buildWorld, type LedgerWorld } from './parent.ts';
import { add, pageKey, slabKey, type Entries, type Recording } from './recording.ts';
import { STATIC_PROGRAM } from './static-program.ts';

const FORK = 0n;
const VFORK = cloneFlags('CLONE_VM', 'CLONE_VFORK');
const THREAD = cloneFlags(
  'CLONE_VM',
  'CLONE_FS',
  'CLONE_FILES',
  'CLONE_SIGHAND',
  'CLONE_THREAD',
  'CLONE_SYSVSEM',
);

/** The flags of each operation's clone. */
const OPERATIONS: Readonly<Record<string, { flags: bigint; execs?: boolean; isSpawn?: boolean }>> =
  {
    fork_exit: { flags: FORK },
    vfork_exit: { flags: VFORK },
    thread: { flags: THREAD },
    clone3_vmvfork_exit: { flags: VFORK | cloneFlags('CLONE_PIDFD') },
    fork_exec_static: { flags: FORK, execs: true },
    vfork_exec_static: { flags: VFORK, execs: true },
    vfork_exec_dynamic: { flags: VFORK },
    spawn_static: { flags: VFORK, execs: true, isSpawn: true },
  };

/** Runs a recorded case and returns what the model allocated. */
export function modelEntries(recording: Recording): Entries {
  const operation = OPERATIONS[recording.operation];
  assert(operation !== undefined, `the operation ${recording.operation} is known`);
  return new LedgerRun(recording).run(operation);
}

/** Names of merged caches: of several of one size the first one's counts. */
const MERGED: Readonly<Record<string, string>> = { cred: 'pid', fs_cache: 'anon_vma_chain' };

function mergedName(cache: string, bytes: number): string {
  if (cache === 'pid' && bytes === 256) return 'task_delay_info';
  return MERGED[cache] ?? cache;
}

/** glibc's stack for the child of posix_spawn with few arguments. */
const SPAWN_STACK_BYTES = 36 * 1024;
const FAULT_AROUND_PAGES = 16;

class LedgerRun {
  readonly #recording: Recording;
  readonly #world: LedgerWorld;
  readonly #entries: Entries = new Map();

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#world = buildWorld(recording.parent);
  }

  run({ flags, execs, isSpawn }: (typeof OPERATIONS)[string]): Entries {
    const stack = isSpawn === true ? this.#makeSpawnStack() : undefined;
    const child = this.#clone(flags);
    const isFork = flags === FORK;
    if (isFork) this.#firstWrite(child);
    if (stack !== undefined) this.#touchStack(stack);
    if (isFork) this.#faultText(child);
    if (execs === true) this.#exec(child);
    else if (isFork) this.#exit(child);
    if (stack !== undefined) this.#dropSpawnStack(stack);
    return this.#entries;
  }

  #slab(who: string, phase: string, cache: string, bytes: number, site: string, count: number) {
    const slab = { cache: mergedName(cache, bytes), bytes, site };
    add(this.#entries, slabKey(who, phase, slab), count);
  }

  #page(who: string, phase: string, kind: string, site: string, count: number) {
    add(this.#entries, pageKey(who, phase, kind, site), count);
  }

  /** Does something and names what @forkless/mm counted meanwhile. */
  #counting(who: string, phase: string, does: () => void, userSite = 'do_anonymous_page'): void {
    const before = { ...this.#world.memory.counts };
    does();
    const { counts } = this.#world.memory;
    const of = (name: keyof Counts): number => counts[name] - before[name];
    this.#slab(who, phase, 'vm_area_struct', 192, 'vm_area_alloc', of('vm_area_alloc'));
    this.#slab(who, phase, 'vm_area_struct', 192, 'vm_area_dup', of('vm_area_dup'));
    this.#slab(who, phase, 'anon_vma', 104, '__anon_vma_prepare', of('anon_vma_prepare'));
    this.#slab(who, phase, 'anon_vma_chain', 64, '__anon_vma_prepare', of('avc_prepare'));
    this.#slab(who, phase, 'anon_vma', 104, 'anon_vma_fork', of('anon_vma_fork'));
    this.#slab(who, phase, 'anon_vma_chain', 64, 'anon_vma_fork', of('avc_fork'));
    this.#slab(who, phase, 'anon_vma_chain', 64, 'anon_vma_clone', of('avc_clone'));
    this.#page(who, phase, 'page-table', 'pgd_alloc', of('pgd_alloc'));
    this.#page(who, phase, 'page-table', '__pud_alloc', of('p4d_pud_alloc'));
    this.#page(who, phase, 'page-table', '__pmd_alloc', of('pmd_alloc'));
    this.#page(who, phase, 'page-table', 'pte_alloc_one', of('pte_alloc'));
    this.#page(who, phase, 'user', userSite, of('user_pages'));
    this.#page(who, phase, 'other', 'tlb_next_batch', of('tlb_next_batch'));
    this.#page(who, phase, 'other', 'tlb_remove_table', of('tlb_remove_table'));
  }

  #clone(flags: bigint): Task {
    const { kernel, parent } = this.#world;
    for (const { cache, bytes, site, count } of cloneObjects(parent, Number(flags))) {
      if (bytes > 8192) this.#page('parent', 'clone', 'kmalloc', '___kmalloc_large_node', count);
      else this.#slab('parent', 'clone', cache, bytes, site, count);
    }
    let child: Task | undefined;
    this.#counting('parent', 'clone', () => {
      const isThread = flags === THREAD;
      const made = kernelClone(kernel, parent, {
        ...legacyArgs((flags & ~cloneFlags('CLONE_PIDFD')) | (isThread ? 0n : 17n)),
      });
      assert(!isRefusal(made), 'the recorded clone goes well');
      child = made;
    });
    return child!;
  }

  /** After fork one side writes its stack first and gets a copy of that page. */
  #firstWrite(child: Task): void {
    const { placer } = this.#world;
    const mm = memoryOf(child);
    const stack = this.#recording.parent.vmas.find(({ kind }) => kind === '[stack]');
    const page = Number.parseInt(stack?.start ?? '0', 16);
    this.#counting('child', 'start', () => touch(mm, page, 'write', placer), 'do_wp_page');
  }

  /** The child's first instruction: its text is in the page cache, and the pages around come too. */
  #faultText(child: Task): void {
    const { placer } = this.#world;
    const mm = memoryOf(child);
    const text = this.#recording.parent.vmas.find(
      ({ kind, perms }) => kind === 'program' && perms[2] === 'x',
    );
    const start = Number.parseInt(text?.start ?? '0', 16);
    for (let page = 0; page < FAULT_AROUND_PAGES; page++) {
      touch(mm, start + page * PAGE_SIZE, 'read', placer);
    }
  }

  #exec(child: Task): void {
    const { kernel, placer } = this.#world;
    const { argc = 1, len = 10 } = this.#recording.parent.given;
    const path = this.#putProgram(child);
    const argv = [{ text: 'a'.repeat(len), times: argc }];
    this.#counting('child', 'exec', () => {
      const { result, counted } = execveCounted(kernel, child, { path, argv, envp: ['A=1'] });
      assert(result === 'running', 'the recorded program can be executed');
      this.#execSlabs(counted.slabs);
    });
    this.#counting('child', 'run', () => fetchEntry(child, placer));
    this.#exit(child);
  }

  #exit(child: Task): void {
    this.#counting('child', 'exit', () => exitGroupWith(this.#world.kernel, child, 0));
  }

  #execSlabs(slabs: Readonly<Record<string, { readonly allocs: number }>>): void {
    const counted = new Set(['vm_area_struct', 'anon_vma', 'anon_vma_chain']);
    for (const { cache, bytes, site } of Object.values(EXEC_SLABS)) {
      if (counted.has(cache)) continue;
      this.#slab('child', 'exec', cache, bytes, site, slabs[cache]?.allocs ?? 0);
    }
    const headers = slabs['kmalloc-128']?.allocs ?? 0;
    this.#slab('child', 'exec', 'kmalloc-128', 128, 'load_elf_phdrs', headers);
  }

  #putProgram(child: Task): string {
    const looker = { cred: createCred(), fs: child.fs!, node: 0 };
    const flags = O_WRONLY | O_CREAT;
    const file = openPath(looker, '/static', { flags, mode: 0o755 });
    assert(file !== WOULD_BLOCK && !isRefusal(file), 'the program can be put into the tree');
    const files = createFiles();
    installFd(files, 0, file);
    write(files, 0, STATIC_PROGRAM);
    // The program's page is in the page cache already.
    const { kernel, memory, placer } = this.#world;
    objectPage(memory, kernel.cachedFile(inodeOf(file).content), 0, placer);
    closeFd(files, 0);
    return '/static';
  }

  /** posix_spawn maps a stack for the child before it clones. */
  #makeSpawnStack(): number {
    const { space, placer } = this.#world;
    let at = 0;
    this.#counting('parent', 'before-clone', () => {
      const flags = MAP.PRIVATE | MAP.ANONYMOUS;
      const prot = PROT.READ | PROT.WRITE;
      at = Number(mmap(space.mm, { length: SPAWN_STACK_BYTES, prot, flags }, placer));
    });
    this.#slab('parent', 'before-clone', 'maple_node', 256, 'mas_preallocate', 1);
    return at;
  }

  #touchStack(at: number): void {
    const { space, placer } = this.#world;
    const top = at + SPAWN_STACK_BYTES - PAGE_SIZE;
    this.#counting('child', 'start', () => touch(space.mm, top, 'write', placer));
  }

  #dropSpawnStack(at: number): void {
    munmap(this.#world.space.mm, at, SPAWN_STACK_BYTES);
    this.#slab('parent', 'after-clone', 'maple_node', 256, 'mas_store_gfp', 1);
  }
}
