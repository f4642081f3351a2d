import { createLazyClient } from "@db/redis";
import { type Address, type Contestant, NAME, type Stop } from "../bench_queue.ts";
import { sleep } from "../loops.ts";
import { Ours } from "./saferedisqueue.ts";

/**
 * The limit for our queue: the same items, client and keys, with one script call that acks what is done and claims as many,
 * and nothing else. Errors, lost answers, leases that end and payloads with a line break are not cared for.
 */
export const byHand: Contestant = {
  title: "by hand, the limit",
  open: (address) => Promise.resolve(new ByHand(address)),
};

/**
 * ARGV    1 how many items to claim, 2 the uids that are done, joined by spaces
 * Returns the uids alike, and a line for each payload
 */
const ACK_AND_CLAIM = `
local queue, items, aging = unpack(KEYS)
local done = {}
for uid in string.gmatch(ARGV[2], '[^ ]+') do
  done[#done + 1] = uid
end
if #done > 0 then
  redis.call('HDEL', items, unpack(done))
  redis.call('ZREM', aging, unpack(done))
end
local uids = redis.call('RPOP', queue, ARGV[1])
if not uids or #uids == 0 then
  return ''
end
local time = redis.call('TIME')
local lease, leases = time[1] .. string.format('%06d', time[2]), {}
for i, uid in ipairs(uids) do
  leases[2 * i - 1], leases[2 * i] = lease, uid
end
-- Many leases are faster in a skip list, which a long member makes of the set.
local long = #uids >= 10 and string.rep('x', 65)
if long then
  redis.call('ZADD', aging, 0, long)
end
redis.call('ZADD', aging, unpack(leases))
if long then
  redis.call('ZREM', aging, long)
end
return table.concat(uids, ' ') .. '\\n' .. table.concat(redis.call('HMGET', items, unpack(uids)), '\\n')
`;
const KEYS = ["queue", "items", "ackbuf_aging"].map((key) => `srq:${NAME}:${key}`);

class ByHand extends Ours {
  readonly #port: number;

  constructor({ port }: Address) {
    super({ hostname: "127.0.0.1", port });
    this.#port = port;
  }

  override consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop {
    const client = createLazyClient({ hostname: "127.0.0.1", port: this.#port, noDelay: true });
    let stopping = false;
    const consume = async () => {
      const hash = String(await client.sendCommand("SCRIPT", ["LOAD", ACK_AND_CLAIM]));
      for (let done = ""; done !== "" || !stopping;) {
        const args = [hash, KEYS.length, ...KEYS, stopping ? 0 : concurrency, done];
        const [uids = "", ...payloads] = String(await client.sendCommand("EVALSHA", args))
          .split("\n");
        await Promise.all(payloads.map(handle));
        done = uids;
        if (done === "") await sleep(1);
      }
    };
    const consuming = consume();
    return async () => {
      stopping = true;
      await consuming;
      client.close();
    };
  }
}
