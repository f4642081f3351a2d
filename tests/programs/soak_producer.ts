// Puts items until SIGTERM: soak_producer.ts PORT LEDGER WHO REDIS_PORT (past the proxy)
import { Ledger } from "../soak/ledger.ts";
import { openQueue } from "../soak/open_queue.ts";
import { putOwnUids } from "../soak/own_uids.ts";
import { putOrdered } from "../soak/ordered_puts.ts";
import { putPlain } from "../soak/plain_puts.ts";
import { ORDERED, OWN, PLAIN } from "../soak/work.ts";

const [port, path, who, redisPort] = Deno.args as [string, string, string, string];
const ledger = new Ledger(path);
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());

await using plain = openQueue(port, PLAIN);
await using own = openQueue(port, OWN);
await using ordered = openQueue(port, ORDERED);
await Promise.all([
  putPlain(plain, { ledger, who, signal: stop.signal }),
  putOrdered(ordered, { ledger, who, signal: stop.signal }),
  putOwnUids(own, { ledger, who, signal: stop.signal, redisPort: Number(redisPort) }),
]);
