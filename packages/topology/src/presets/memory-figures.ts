// Latency and bandwidth of kinds of memory, as seen from the nearest CPUs, and their sources.
import type { PresetMemory } from './preset.ts';

const QDPMA = 'qdpma.com SingleProcessor: 2-socket Xeon SP, 89 ns local, 139 ns remote';

/** Six channels of DDR4-2666 at one Xeon socket, or a part of them. */
export function xeonDram(channels: number): PresetMemory {
  return {
    latencyNs: 90,
    bandwidthMBs: Math.round(21_328 * channels),
    source: `${QDPMA}; DDR4-2666 at 21.3 GB/s a channel, ${channels} channels`,
  };
}

/** DDR4-3200 at an EPYC, all eight channels or a quarter of them. */
export function epycDram(channels: number): PresetMemory {
  return {
    latencyNs: channels === 8 ? 128 : 119,
    bandwidthMBs: 25_600 * channels,
    source:
      'AnandTech 14694, Rome, full random: 122 to 134 ns NPS1, 113 to 125 ns NPS4; ' +
      `DDR4-3200 at 25.6 GB/s a channel, ${channels} channels`,
  };
}

/** Two channels of DDR5 at a desktop processor. */
export const DESKTOP_DRAM: PresetMemory = {
  latencyNs: 75,
  bandwidthMBs: 83_200,
  source: 'between 70 ns (Xeon E-2388G, idle) and 90 ns; two channels of DDR5-5200',
};

/** Optane persistent memory used as a node. */
export const OPTANE: PresetMemory = {
  latencyNs: 350,
  bandwidthMBs: 39_000,
  source: 'about 350 ns (zerna.io, nextplatform 2022-12); six modules at 6.5 GB/s, estimated',
  isCpuless: true,
};

/** A CXL expander behind one socket. */
export const CXL: PresetMemory = {
  latencyNs: 250,
  bandwidthMBs: 30_000,
  source: '2 to 5 × local for real cards (arXiv 2405.14209); a ×8 link at 30 GB/s, estimated',
  isCpuless: true,
};

/** On-package memory of a Xeon Max. */
export const HBM: PresetMemory = {
  latencyNs: 130,
  bandwidthMBs: 800_000,
  source: 'estimated: higher latency and at least 2.5 × the bandwidth of eight DDR5 channels',
  isCpuless: true,
};

/** Eight channels of DDR5 at a Xeon Max. */
export const SAPPHIRE_RAPIDS_DRAM: PresetMemory = {
  latencyNs: 110,
  bandwidthMBs: 307_200,
  source: 'estimated from Xeon SP (89 ns) with a larger mesh; eight channels of DDR5-4800',
};

/** Memory of a Kunpeng 920 die: four channels of DDR4-2933. */
export const KUNPENG_DRAM: PresetMemory = {
  latencyNs: 100,
  bandwidthMBs: 93_800,
  source: 'estimated from Xeon SP (89 ns); four channels of DDR4-2933',
};

/** Memory of a POWER9 chip: eight channels of DDR4-2666. */
export const POWER9_DRAM: PresetMemory = {
  latencyNs: 95,
  bandwidthMBs: 170_600,
  source: 'estimated from Xeon SP (89 ns); eight channels of DDR4-2666',
};

/** Memory of a GPU that is a node, behind NVLink. */
export const GPU_MEMORY: PresetMemory = {
  latencyNs: 500,
  bandwidthMBs: 75_000,
  source: 'estimated: three NVLink 2.0 bricks at 25 GB/s, latency beyond that of Optane',
  isCpuless: true,
};
