// What the readers of CPUs and of caches share: where to look, and where to put what they find.
import type { Bitmap } from '@forkless/bitmap';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import type { CpuInfo } from './cpuinfo.ts';
import type { FileMap } from './file-map.ts';
import type { SystemInfo } from './system-info.ts';

/** Where CPUs are described. */
export const CPU_ROOT = 'sys/devices/system/cpu';

/** What inserting the CPUs of a machine takes. */
export interface CpuSource {
  readonly files: FileMap;
  readonly builder: TreeBuilder;
  readonly described: Bitmap;
  readonly system: SystemInfo;
  readonly cpuInfo: CpuInfo;
  /** A Knights Landing processor describes caches and nodes in its own way. */
  readonly isKnl: boolean;
}
