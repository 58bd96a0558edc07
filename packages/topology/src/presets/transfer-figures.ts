// What it costs to fetch a cache line that another core modified, per kind of processor. The figures
// are medians of published ping-pong measurements, their intervals the spread between like parts.
import type { Figure } from '../machine/figure.ts';
import type { TransferFigures } from '../machine/transfer-class.ts';

const NVIENNOT = 'compare-and-swap ping-pong, github.com/nviennot/core-to-core-latency';
const ANANDTECH_7950X = 'AnandTech, review of the Ryzen 9 7950X, core-to-core latency';
const ANANDTECH_ROME = 'AnandTech 14694, p. 7: L1 hit of 4 cycles';

function published(low: number, value: number, high: number, source: string): Figure {
  return { value, unit: 'ns', low, high, provenance: 'published', source };
}

function estimated(low: number, value: number, high: number, source: string): Figure {
  return { value, unit: 'ns', low, high, provenance: 'estimated', source };
}

/** A line that stays where it is costs a hit in the first cache. */
const SAME = published(1, 1.3, 1.6, `${ANANDTECH_ROME}, at 2.5 to 4 GHz`);

/** Xeons with one L3 for the whole socket, joined by a ring or mesh. */
export const XEON_TRANSFERS: TransferFigures = {
  same: SAME,
  smt: published(4.3, 8.1, 10, `${NVIENNOT}: Xeon 8375C 8.1, all parts 4.3 to 10`),
  l2: estimated(12, 20, 30, 'no Xeon here shares an L2; between a sibling thread and a core'),
  l3: published(44, 48, 51, `${NVIENNOT}: E5-2695v4 44, 8275CL 47, 6242 48, 8375C 51`),
  package: published(
    44,
    50,
    60,
    `${NVIENNOT}: as within an L3, one more mesh hop between clusters`,
  ),
  remote: published(108, 120, 136, `${NVIENNOT}: 8375C 108, E5v4 118, 8275CL 134, 6242 136`),
};

/** EPYCs of Zen 2 and later: an L3 for each chiplet's cores, chiplets joined through the I/O die. */
export const EPYC_TRANSFERS: TransferFigures = {
  same: SAME,
  smt: published(5.3, 9.8, 10, `${NVIENNOT}: EPYC 7R13 9.8`),
  l2: estimated(9.8, 15, 23, 'no EPYC shares an L2; between a sibling thread and a chiplet'),
  l3: published(17, 23, 26, `${NVIENNOT}: EPYC 7R13 23, Ryzen 5950X 17`),
  package: published(94, 107, 115, `${NVIENNOT}: EPYC 7R13 107, 7773X 115, TR 3960X 94`),
  remote: published(180, 197, 215, `${NVIENNOT}: EPYC 7R13 197; interval ±9 %`),
};

/** A Ryzen of Zen 4 with two chiplets. */
export const RYZEN_TRANSFERS: TransferFigures = {
  same: SAME,
  smt: published(4.3, 5.3, 8, `${NVIENNOT}: 7950X 5.3`),
  l2: estimated(5.3, 10, 17, 'no Ryzen shares an L2; between a sibling thread and a chiplet'),
  l3: published(15, 17, 19, `${ANANDTECH_7950X}: 15 to 19`),
  package: published(70, 77, 79.5, `${ANANDTECH_7950X}: at most 79.5 between chiplets`),
  remote: estimated(180, 197, 215, 'there is one socket; the figure of an EPYC'),
};

/** Kunpeng 920: clusters of four cores, two dies a package. */
export const KUNPENG_TRANSFERS: TransferFigures = {
  same: SAME,
  smt: estimated(4.3, 8, 10, 'the cores have one thread; the figure of other parts'),
  l2: estimated(12, 20, 30, 'the cores share no L2; between a sibling thread and a die'),
  l3: published(46, 72, 80, `${NVIENNOT}: Kunpeng 72, Graviton3 46`),
  package: estimated(72, 90, 115, 'two dies in a package: between one die and another socket'),
  remote: estimated(108, 150, 215, 'not published; from Xeon (108) to EPYC (215)'),
};

/** POWER9: pairs of cores share L2 and L3, chips joined by the X-bus. */
export const POWER9_TRANSFERS: TransferFigures = {
  same: SAME,
  smt: estimated(4.3, 8, 10, 'not published for POWER9; all measured parts lie within'),
  l2: estimated(8, 15, 25, 'not published; between a sibling thread and another L3 slice'),
  l3: estimated(8, 15, 25, 'a pair of cores shares L2 and L3 alike'),
  package: estimated(44, 72, 115, 'not published; from monolithic Xeons to chiplets'),
  remote: estimated(136, 250, 443, `${NVIENNOT}: POWER7 443, a Xeon of two sockets 136`),
};
