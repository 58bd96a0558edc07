export { ID_MAX, Idr, INT_MAX } from './idr.ts';
export type { IdrEntry, IdrObserver, NodeUse } from './idr.ts';
