import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { readStrings } from "./message_pack.ts";
import { clock } from "./parts/clock.ts";
import { script } from "./script.ts";

/** Limit of a list, below the number of values that Lua can unpack. */
const MOST = 5_000;

/** What Redis holds of one consumer. */
export interface StoredConsumer {
  id: string;
  /** See `parts/presence.ts`. */
  note: string;
}

/**
 * Lists the instances that consume.
 *
 * Returns MessagePack array: how many; then for each: id, note
 */
const listScript = script("consumers", "notes")`
${clock}
local ids = redis.call('ZRANGEBYSCORE', CONSUMERS, '(' .. text(now), '+inf', 'LIMIT', 0, ${MOST})
local list = {tostring(#ids)}
if #ids > 0 then
  for i, note in ipairs(redis.call('HMGET', NOTES, unpack(ids))) do
    list[#list + 1] = ids[i]
    list[#list + 1] = note or ''
  end
end
return cmsgpack.pack(list)
`;

const decoder = new TextDecoder();

/** Lists who consumes, in no order. */
export async function listConsumers(
  connection: SupervisedConnection,
  keys: QueueKeys,
): Promise<StoredConsumer[]> {
  const reply = await listScript.run(connection, keys, {
    args: [],
    action: "list the consumers",
  });
  const [, ...texts] = readStrings(reply).map((bytes) => decoder.decode(bytes));
  const consumers: StoredConsumer[] = [];
  for (let i = 0; i < texts.length; i += 2) consumers.push({ id: texts[i]!, note: texts[i + 1]! });
  return consumers;
}
