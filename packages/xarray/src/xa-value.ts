// What goes into an XArray and what a cursor shows besides values and null.

/** The reserved entry: taken, though a lookup finds nothing. @see include/linux/xarray.h, XA_ZERO_ENTRY */
export const XA_ZERO: unique symbol = Symbol('XA_ZERO');

/** An internal entry, which no call takes. @see include/linux/xarray.h, XA_RETRY_ENTRY */
export const XA_RETRY: unique symbol = Symbol('XA_RETRY');

/** A later slot of a wider entry, as a cursor's `next` and `previous` show it. */
export const XA_SIBLING: unique symbol = Symbol('XA_SIBLING');

/** What can be stored: a value, nothing, a reservation. `XA_RETRY` is refused with EINVAL. */
export type XaValue<T> = T | null | typeof XA_ZERO | typeof XA_RETRY;
