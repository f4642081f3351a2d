/** Most items in one call: Lua's `unpack` hands over no more than about 8,000 values at once. */
export const MAX_ITEMS = 1_000;

/** An answer ends after this many bytes of payload: it must stay small beside Redis's memory and ours. */
export const MAX_BYTES = 4 * 1024 * 1024;
