// The kernels the seed thread compares, as switches of one model: the stock one, the same with the
// posted series, and the release that took the series along with later work.

import { PID_KERNELS, type PidKernel } from '@forkless/pid';

/** One kernel of the comparison. */
export interface Arm {
  /** The key of its column, and of its curve in files. */
  readonly key: string;
  readonly label: string;
  readonly kernel: PidKernel;
  /** The namespace's reference count shares a cache line with the head of the id tree. */
  readonly falseSharing: boolean;
}

const SERIES: PidKernel = {
  ...PID_KERNELS['6.18'],
  name: '6.18 with the series',
  allocTrips: 'one',
};

/** 6.18 as it is: two lock trips to allocate, the reference count not padded. */
export const STOCK: Arm = {
  key: 'stock',
  label: '6.18',
  kernel: PID_KERNELS['6.18'],
  falseSharing: true,
};

/** The series, on a boot whose layout leaves the false sharing in. */
export const SERIES_SHARED: Arm = {
  key: 'seriesShared',
  label: 'series, false sharing',
  kernel: SERIES,
  falseSharing: true,
};

/** The series with its padding at work. */
export const SERIES_PADDED: Arm = {
  key: 'seriesPadded',
  label: 'series, padded',
  kernel: SERIES,
  falseSharing: false,
};

/** 7.0, which besides the series moved pidfs out of the lock. */
export const RELEASE: Arm = {
  key: 'release',
  label: '7.0',
  kernel: PID_KERNELS['7.0'],
  falseSharing: false,
};

/** All of them, in the order of the columns. */
export const ARMS: readonly Arm[] = [STOCK, SERIES_SHARED, SERIES_PADDED, RELEASE];
