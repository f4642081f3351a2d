// Puts items until SIGTERM, but not too many that wait: soak_producer.ts PORT LEDGER
import { RedisReplyError, RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
import { Ledger } from "../soak/ledger.ts";
import { BATCH, LEASE, MAX_WAITING, NAME, payload } from "../soak/work.ts";

const [port, path] = Deno.args as [string, string];
const ledger = new Ledger(path);
let stopped = false;
Deno.addSignalListener("SIGTERM", () => stopped = true);

await using queue = new SafeRedisQueue({
  hostname: "127.0.0.1",
  port: Number(port),
  name: NAME,
  autocleanInterval: LEASE,
  commandTimeout: 5,
  onError: () => {}, // the faults make them
});

async function put(item: string): Promise<void> {
  try {
    ledger.note("put", await queue.put(item));
  } catch (error) {
    if (error instanceof RedisUnavailableError) {
      for (const uid of error.uids) ledger.note("doubtful", uid);
    } else if (!(error instanceof RedisReplyError && error.code === "OOM")) throw error;
    await pause();
  }
}

async function mayGoOn(): Promise<boolean> {
  try {
    return await queue.size() < MAX_WAITING;
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    return false;
  }
}

/** Now short, now long, so that consumers have to wait as well. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
}

for (let number = 0; !stopped; await pause()) {
  if (!await mayGoOn()) continue;
  await Promise.all(Array.from({ length: BATCH }, () => put(payload(number++))));
}
