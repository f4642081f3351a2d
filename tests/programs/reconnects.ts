// Loses its connections again and again, and tells what that has left: reconnects.ts PORT TIMES
import process from "node:process";
import { RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const [port, times] = Deno.args.map(Number);
let warnings = "";
process.on("warning", (warning) => warnings += `${warning}\n`);

const proxy = new TcpProxy(port!);
let errors = 0;
const queue = new SafeRedisQueue({
  hostname: "127.0.0.1",
  port: proxy.port,
  onError: (error) => {
    if (!(error instanceof RedisUnavailableError)) errors++;
  },
});
// One signal for all: a listener left behind at each reconnect would stay at it.
const { signal } = new AbortController();

/** Loses its connections `count` times. */
async function reconnect(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const got = queue.get({ signal });
    await until("both are open", () => proxy.open >= 2);
    proxy.cutAll();
    const uid = await queue.put("a");
    if (await got.then(([gotten]) => gotten === uid)) await queue.ack(uid);
  }
}

function openFiles(): number {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return 0; // not on this system
  }
}

function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}

await reconnect(100); // what is loaded or cached at first does not count
const filesBefore = openFiles();
const heapBefore = heap();
await reconnect(times! / 2);
console.log(JSON.stringify({
  reconnects: proxy.accepted,
  errors,
  connections: proxy.open,
  filesBefore,
  filesAfter: openFiles(),
  growthMiB: (heap() - heapBefore) / 2 ** 20,
  warnings,
}));

await queue.close();
await proxy[Symbol.asyncDispose]();
console.log("closed");
