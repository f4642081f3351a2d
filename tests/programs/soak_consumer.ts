// Works on the queues in all ways there are, until SIGTERM: soak_consumer.ts PORT LEDGER LEASE MAX_ATTEMPTS (0: no limit)
import { SafeRedisQueue } from "../../mod.ts";
import { getLoops } from "../soak/get_loops.ts";
import { Ledger } from "../soak/ledger.ts";
import { onUnexpected } from "../soak/unexpected.ts";
import { ORDERED, OWN, PLAIN } from "../soak/work.ts";
import { type Post, startWorkers } from "../soak/workers.ts";

const [port, path, lease, maxAttempts] = Deno.args as [string, string, string, string];
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());

const post: Post = {
  ledger: new Ledger(path),
  lease: Number(lease),
  maxAttempts: Number(maxAttempts) || Infinity,
  signal: stop.signal,
};

function open(name: string): SafeRedisQueue {
  return new SafeRedisQueue({
    hostname: "127.0.0.1",
    port: Number(port),
    name,
    autocleanInterval: post.lease,
    maxAttempts: Number(maxAttempts) || undefined,
    onDead: "hold",
    commandTimeout: 5,
    onError: onUnexpected,
  });
}

const [plain, own, ordered] = [open(PLAIN), open(OWN), open(ORDERED)];
const crews = [startWorkers(plain, post), startWorkers(own, post), startWorkers(ordered, post)];
await Promise.all([...getLoops(plain, post), ...crews.flatMap(({ workers }) => workers)]);
// A loop that waits ends when its queue is closed.
await Promise.all([plain.close(), own.close(), ordered.close()]);
await Promise.all(crews.flatMap(({ loops }) => loops));
