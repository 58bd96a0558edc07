// What making a process, its memory, its files and its program costs: the figures that the paths of
// tasks and of spawning name. All of them come from a machine we could measure; none was chosen with a
// published result in view.

import type { Figure, Provenance } from '../cost-profile.ts';

type Row = readonly [
  value: number,
  low: number,
  high: number,
  provenance: Provenance,
  source: string,
];

const GUEST = 'AMD EPYC (Zen 5), 2 vCPU KVM guest, Linux 6.18, glibc 2.36';
const FIFO = `${GUEST}, real-time priority, medians`;
const BARE = 'the low end assumes a machine without a hypervisor';
const SWEEP = `${FIFO}; least squares over 199 parents of varied size`;
const LOOP = `${GUEST}, posix_spawn and wait in a loop, p10 of 120`;
/** vfork + _exit + wait, 44.6 µs, is what these four are cut from. */
const VFORK = `${FIFO}: vfork, _exit and wait take 44.6 µs (29.7 at normal priority)`;
const FORK = `${FIFO}: fork, _exit and wait of a parent of 11 mappings take 157 µs, the call 51 to 64`;
const EXEC = `${FIFO}: vfork with exec of a one-page static program takes 56.5 µs more than with _exit; what the other figures count is taken off`;

const ns: Readonly<Record<string, Row>> = {
  syscall: [115, 60, 150, 'measured', `${FIFO}: getppid 115 ns, rt_sigprocmask 87 ns; ${BARE}`],

  'clone.base': [
    11_000,
    6_000,
    15_000,
    'estimated',
    `${VFORK}; the call of pthread_create takes 10.6 µs at least`,
  ],
  'task.switch': [
    8_000,
    1_500,
    19_400,
    'estimated',
    `${VFORK}, in which the CPU passes to the child and back; over a pipe between two vCPUs 19.4 µs each way`,
  ],
  'exit.base': [15_000, 8_000, 20_000, 'estimated', `${VFORK}; what the others leave`],
  'task.wait': [2_450, 1_500, 2_700, 'measured', `${FIFO}: waitpid for a zombie`],
  'task.migrate': [
    21_250,
    4_000,
    21_300,
    'measured',
    `${FIFO}: sched_setaffinity to the other vCPU; ${BARE}`,
  ],

  'fork.mm': [28_000, 12_000, 42_000, 'estimated', `${FORK}; less its mappings and clone.base`],
  'fork.vma': [400, 250, 450, 'measured', `${SWEEP}: the call per untouched mapping`],
  'fork.anon-vma': [
    770,
    400,
    900,
    'measured',
    `${SWEEP}: the call per mapping with one page, less fork.vma and fork.page`,
  ],
  'table.alloc': [500, 250, 900, 'estimated', 'a page allocated and cleared, as in page.alloc'],
  'fork.page': [
    63.8,
    45,
    70,
    'measured',
    `${SWEEP}: 64.8 ns a present 4 KiB page (0 to 4 GiB, freshly touched), less its share of table.alloc`,
  ],
  'fork.huge-page': [631, 350, 700, 'measured', `${SWEEP}: a 2 MiB page, its spare table included`],

  'exit.mm': [
    20_000,
    8_000,
    30_000,
    'estimated',
    `${FORK}; what the others leave of the child's end`,
  ],
  'exit.vma': [
    327,
    200,
    400,
    'measured',
    `${SWEEP}: fork to wait less the call, untouched mapping`,
  ],
  'exit.anon-vma': [769, 400, 900, 'measured', `${SWEEP}: the same of a mapping with one page`],
  'table.free': [
    300,
    150,
    700,
    'estimated',
    'a page given back, through the batch of the teardown',
  ],
  'exit.page': [67.3, 45, 80, 'measured', `${SWEEP}: a page that the parent keeps, 67.9 ns`],
  'exit.huge-page': [524, 300, 600, 'measured', `${SWEEP}: a 2 MiB page that the parent keeps`],
  'page.free': [
    165,
    80,
    170,
    'measured',
    `${FIFO}: munmap per page nobody else has, 233 ns, less exit.page`,
  ],
  'page.alloc': [
    612,
    250,
    650,
    'measured',
    `${FIFO}: first write to an anonymous page less a read of one; the page is cleared and charged`,
  ],

  'map.vma': [1_600, 800, 1_700, 'measured', `${FIFO}: mmap and munmap of 4 KiB, 3.27 µs, halved`],
  'unmap.vma': [1_440, 700, 1_600, 'measured', `${FIFO}: the other half, without the calls`],
  'fault.anon': [1_234, 600, 1_300, 'measured', `${FIFO}: first write to an anonymous page`],
  'fault.zero': [622, 300, 650, 'measured', `${FIFO}: first read of an anonymous page`],
  'fault.huge': [28_000, 20_000, 30_000, 'measured', `${FIFO}: first write to 2 MiB at once`],
  'fault.cow-copy': [1_942, 900, 2_000, 'measured', `${FIFO}: write while the child has the page`],
  'fault.cow-reuse': [722, 350, 750, 'measured', `${FIFO}: write after the child has gone`],
  'fault.cow-huge': [
    6_000,
    2_000,
    7_000,
    'measured',
    `${FIFO}: rewriting 256 MiB of huge pages after fork and exec, 1 678 µs against 910 without`,
  ],
  'fault.file': [1_926, 1_000, 2_000, 'measured', `${FIFO}: read of a cached file, 64 KiB around`],
  'fault.file-write': [1_490, 700, 1_550, 'measured', `${FIFO}: private write to a cached page`],

  'fd.copy': [6.3, 3, 8, 'measured', `${SWEEP}: vfork call per descriptor inherited`],
  'fd.close': [52.4, 30, 60, 'measured', `${SWEEP}: per descriptor that the child closes by exit`],
  'fd.close-on-exec': [83.8, 50, 90, 'measured', `${SWEEP}: per descriptor that exec closes`],
  'fd.close-range': [93.5, 55, 100, 'measured', `${SWEEP}: per descriptor of close_range`],
  'file.release': [290, 150, 310, 'measured', `${FIFO}: close of the last descriptor of a file`],
  'file.open': [880, 450, 950, 'measured', `${FIFO}: open 1 388 ns, less its walk and call`],
  'file.dup': [
    170,
    90,
    190,
    'measured',
    `${FIFO}: dup and close 283 ns, less close and half a call`,
  ],
  'file.pipe': [1_485, 700, 1_550, 'measured', `${FIFO}: pipe2 1 600 ns, less its call`],
  'path.component': [
    150,
    80,
    210,
    'measured',
    `${FIFO}: access and stat of /usr/bin/true, 627 and 746 ns, less a call, by component`,
  ],
  'path.miss': [
    100,
    60,
    150,
    'measured',
    `${FIFO}: stat in /usr/local/bin of what is not there, 520 ns, less a call and three components: a negative entry`,
  ],
  'pidfd.make': [2_000, 1_000, 2_400, 'measured', `${FIFO}: pidfd_open and close 2 865 ns`],
  'mempolicy.set': [293, 150, 320, 'measured', `${FIFO}: set_mempolicy of a bind, less its call`],

  'exec.probe': [
    350,
    200,
    450,
    'measured',
    `${FIFO}: execve of what is not there, 800 ns, less call and walk`,
  ],
  'exec.base': [16_000, 8_000, 28_000, 'estimated', EXEC],
  'exec.header': [
    1_000,
    300,
    2_000,
    'estimated',
    'reading an ELF header and its program headers from cached pages, about 600 bytes in two reads',
  ],
  'exec.dynamic': [
    320_000,
    160_000,
    380_000,
    'measured',
    `${FIFO}: a dynamic /bin/true takes 415 µs more than a static program, less libc as one library and its mappings`,
  ],
  'exec.library': [
    55_000,
    28_000,
    68_000,
    'measured',
    `${LOOP}: 4, 8 and 16 further libraries in /bin/true take 52, 53 and 66 µs each, calls and faults included`,
  ],
  'shell.dash': [87_000, 45_000, 100_000, 'measured', `${LOOP}: dash -c ':' 551 µs, /bin/true 464`],
  'shell.bash': [
    406_000,
    200_000,
    450_000,
    'measured',
    `${LOOP}: bash -c ':' 925 µs, /bin/true with one more library 519; no startup files`,
  ],

  'i-mmap.hold': [
    300,
    100,
    800,
    'estimated',
    'linking a mapping into the interval tree of a file (Linux 6.18, mm/mmap.c and mm/interval_tree.c)',
  ],
  'zone-lock.hold': [
    1_000,
    400,
    3_000,
    'estimated',
    'a batch of 63 pages between the lists of a CPU and of a zone (Linux 6.18, mm/page_alloc.c)',
  ],
};

const ratios: Readonly<Record<string, Row>> = {
  'memory.scatter': [
    1,
    1,
    1.6,
    'measured',
    `${FIFO}: the same 256 MiB fork and exec take 8.7 ms with freshly touched memory and 13.1 ms after it was rewritten page by page`,
  ],
};

function figures(
  unit: Figure['unit'],
  rows: Readonly<Record<string, Row>>,
): Record<string, Figure> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, [value, low, high, provenance, source]]) => [
      name,
      { value, unit, low, high, provenance, source },
    ]),
  );
}

/** Figures by name, as a profile holds them. */
export const SPAWN_FIGURES: Readonly<Record<string, Figure>> = {
  ...figures('ns', ns),
  ...figures('ratio', ratios),
};
