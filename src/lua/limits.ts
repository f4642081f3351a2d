/** Limit of items in one call. Lua's `unpack` takes no more than about 8,000 values. */
export const MAX_ITEMS = 1_000;

/** An answer ends after this many bytes of payload, so it stays small beside the memory of Redis and of the client. */
export const MAX_BYTES = 4 * 1024 * 1024;
/** Payloads of more bytes than this travel by a command of their own: through a script they would be copied several times. */
export const LARGE = 32 * 1024;
