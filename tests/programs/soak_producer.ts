// Puts items until SIGTERM: soak_producer.ts PORT LEDGER WHO REDIS_PORT (past the proxy)
import { SafeRedisQueue } from "../../mod.ts";
import { Ledger } from "../soak/ledger.ts";
import { putOwnUids } from "../soak/own_uids.ts";
import { putPlain } from "../soak/plain_puts.ts";
import { onUnexpected } from "../soak/unexpected.ts";
import { OWN, PLAIN } from "../soak/work.ts";

const [port, path, who, redisPort] = Deno.args as [string, string, string, string];
const ledger = new Ledger(path);
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());

function open(name: string): SafeRedisQueue {
  return new SafeRedisQueue({
    hostname: "127.0.0.1",
    port: Number(port),
    name,
    autocleanInterval: null,
    commandTimeout: 5,
    onError: onUnexpected,
  });
}

await using plain = open(PLAIN);
await using own = open(OWN);
await Promise.all([
  putPlain(plain, { ledger, who, signal: stop.signal }),
  putOwnUids(own, { ledger, who, signal: stop.signal, redisPort: Number(redisPort) }),
]);
