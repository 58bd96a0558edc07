// A way to make a process: a name, what is said about it, and its list of steps for a request.

import type { Path } from '@forkless/sim';
import type { NodeAwareness } from '../place/object-ledger.ts';
import type { SpawnRequest } from '../request.ts';
import type { SpawnCall } from '../spawn-call.ts';

/** A way to make a process. */
export interface Mechanism {
  readonly name: string;
  /** One clause. */
  readonly title: string;
  /** Where it comes from. */
  readonly source: string;
  /** Not checked against a running system: what was read instead. Absent where that does not apply. */
  readonly unchecked?: string;
  /** How far it heeds the child's node where the options do not say; not at all when left out. */
  readonly awareness?: NodeAwareness;
  /** The steps that serve a request. O(actions + attributes). */
  readonly pathFor: (request: SpawnRequest) => Path<SpawnCall>;
}
