// capset(2): a task gives up capabilities, or moves them between its sets.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_FULL_SET, CAP_SETPCAP, capIsSubset } from './capability.ts';
import type { CapSet } from './capability.ts';
import type { Cred } from './cred.ts';
import { nsCapable } from './cred.ts';

/** The three sets capset(2) takes. */
export interface CapsetRequest {
  readonly effective: CapSet;
  readonly permitted: CapSet;
  readonly inheritable: CapSet;
}

/**
 * capset(2) on the caller itself. EPERM when inheritable would leave inheritable ∪ permitted (without
 * CAP_SETPCAP) or inheritable ∪ bounding, permitted would grow, or effective would not be within the new
 * permitted set. Ambient capabilities stay only while permitted and inheritable.
 *
 * @see security/commoncap.c, cap_capset(), v6.12
 */
export function capset(cred: Cred, request: CapsetRequest): Cred | Refusal<'EPERM'> {
  const permitted = request.permitted & CAP_FULL_SET;
  const effective = request.effective & CAP_FULL_SET;
  const inheritable = request.inheritable & CAP_FULL_SET;
  const isLimited = !nsCapable(cred, cred.userNs, CAP_SETPCAP);
  if (isLimited && !capIsSubset(inheritable, cred.capInheritable | cred.capPermitted)) {
    return refuse('EPERM', 'inheritable would gain a capability that is not permitted');
  }
  if (!capIsSubset(inheritable, cred.capInheritable | cred.capBset)) {
    return refuse('EPERM', 'inheritable would gain a capability outside the bounding set');
  }
  if (!capIsSubset(permitted, cred.capPermitted)) return refuse('EPERM', 'permitted would grow');
  if (!capIsSubset(effective, permitted)) return refuse('EPERM', 'effective exceeds permitted');
  return {
    ...cred,
    capPermitted: permitted,
    capEffective: effective,
    capInheritable: inheritable,
    capAmbient: cred.capAmbient & permitted & inheritable,
  };
}
