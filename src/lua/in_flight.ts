/** An item that a consumer holds, or held. */
export interface Held {
  uid: string;
  /** Only where this lease is still the item's (when it began, in microseconds since the epoch); by default any. */
  lease?: number | undefined;
}

/**
 * Two functions for scripts: `isHeld` tells whether an item is in flight, by the lease that is given or by any where that
 * is "", and `leave` takes items from there.
 *
 * @param ackbuf The number of the unstamped items in KEYS.
 * @param aging That of the stamped.
 */
export function inFlight({ ackbuf, aging }: { ackbuf: number; aging: number }): string {
  return `
local function isHeld(uid, lease)
  local began = redis.call('ZSCORE', KEYS[${aging}], uid)
  if began then
    return lease == '' or tonumber(began) == tonumber(lease)
  end
  return lease == '' and redis.call('LPOS', KEYS[${ackbuf}], uid)
end

local function leave(uids)
  for _, uid in ipairs(uids) do
    if redis.call('ZREM', KEYS[${aging}], uid) == 0 then
      redis.call('LREM', KEYS[${ackbuf}], 0, uid)
    end
  end
end`;
}
