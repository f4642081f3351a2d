import { quoteWithoutPassword } from "../../connection/redis_url.ts";
import type { SafeRedisQueue } from "../../safe_redis_queue.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { print } from "../io/stdout.ts";
import { openQueue, QUEUE_OPTIONS, urlOf } from "../open_queue.ts";
import { DemoTraffic } from "../demo_traffic.ts";
import { type PrivateRedis, startPrivateRedis } from "../private_redis.ts";
import { serveDashboard } from "../web_server.ts";

export const demo: Command = {
  summary: "shows step by step how the library works",
  about:
    "Shows on a real Redis, step by step, how the library works. If no address is given and nothing listens " +
    "on 127.0.0.1:6379, it starts its own redis-server or valkey-server, and ends it afterwards.\n" +
    "With --dashboard it shows queues under traffic in the browser, until it is stopped.",
  options: {
    dashboard: { help: "put items into three queues, work on them, and show all in the browser" },
    ...QUEUE_OPTIONS,
    name: {
      value: "NAME",
      help: "name of the queue, which must be empty; default: a new name",
    },
  },
  examples: ["demo", "demo --dashboard", "demo --url redis://10.0.0.5:6379/7"],

  async run(given, { stop }) {
    const givenUrl = await urlOf(given);
    await using server = givenUrl === undefined ? await serverWhereNoneListens() : undefined;
    const url = givenUrl ?? server?.url ?? `redis://${DEFAULT_HOST}:${DEFAULT_PORT}`;
    const name = given.values.get("name") ?? `demo-${crypto.randomUUID().slice(0, 8)}`;
    if (given.flags.has("dashboard")) {
      const prefix = server === undefined ? `${name}-` : "";
      await (await openQueue<string>(given, { url, name }, stop)).close();
      await using traffic = new DemoTraffic(url, prefix);
      await serveDashboard(traffic.queues, { ...LOCALLY, stop });
      return;
    }
    await using queue = await openQueue<string>(
      given,
      { url, name, lease: LEASE },
      stop,
    );
    const taken = await queue.size() + await queue.inFlight();
    if (taken > 0) {
      throw new CommandError(
        `The queue ${
          JSON.stringify(name)
        } holds ${taken} items, which the demo would delete: choose another --name`,
      );
    }
    if (server !== undefined) {
      await say(`Nothing listens on ${DEFAULT_HOST}:${DEFAULT_PORT}, so this demo runs on a`);
      await say(`${server.program} of its own, started on port ${server.port}.\n`);
    }
    try {
      await show(queue, url, stop);
    } finally {
      await queue.clear();
    }
  },
};

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 6379;
const LOCALLY = { hostname: "127.0.0.1", port: 0, readOnly: false };
/** In seconds. Short, since the demo waits until one ends. */
const LEASE = 1;

async function show(
  queue: SafeRedisQueue,
  url: string,
  stop: AbortSignal,
): Promise<void> {
  const step = async <R>(code: string, call: () => Promise<R>): Promise<R> => {
    stop.throwIfAborted();
    const result = await call();
    await say(`  await ${code.padEnd(20)}  ->  ${Deno.inspect(result)}`);
    return result;
  };
  const get = async (): Promise<string> => {
    const [uid] = await step("queue.get()", () => queue.get({ timeout: 10, signal: stop }));
    if (uid === null) {
      throw new CommandError("No item came within 10 s: does another program use this queue?");
    }
    return uid;
  };

  await say("A queue lives in Redis, under a name; any number of programs can share it:");
  await say(
    `  const queue = new SafeRedisQueue({ url: ${quoteWithoutPassword(url)}, ` +
      `name: ${JSON.stringify(queue.name)}, lease: ${LEASE} });`,
  );

  await say("\nA producer puts items. It gets the uid of each when the item is safe in Redis:");
  await step('queue.put("Hello")', () => queue.put("Hello"));
  await step('queue.put("World")', () => queue.put("World"));
  await step("queue.size()", () => queue.size());

  await say("\nA consumer gets the oldest item. It stays in Redis, in flight:");
  const hello = await get();
  await step("queue.inFlight()", () => queue.inFlight());

  await say("\nThe work is done: the consumer acks the item, and only now is it deleted:");
  await step("queue.ack(uid)", () => queue.ack(hello));

  await say("\nThe next item can't be done: the consumer fails it, and it is queued again:");
  const world = await get();
  await step("queue.fail(uid)", () => queue.fail(world));
  await get();

  await say(
    "\nNow the consumer crashes: it neither acks nor fails the item. When its lease ends",
  );
  await say(`(here after ${LEASE} s, by default after 60 s), the item is delivered again:`);
  const again = await get();
  await step("queue.ack(uid)", () => queue.ack(again));

  await say("\nNothing is left. With a negative timeout, get does not wait for an item:");
  await step("queue.get(-1)", () => queue.get(-1));
}

/** Prints a line. If nobody reads it, the demo goes on: it deletes its items at its end. */
async function say(line: string): Promise<void> {
  await print(`${line}\n`);
}

/** Starts a server for the demo, unless something listens at the default address. */
async function serverWhereNoneListens(): Promise<PrivateRedis | undefined> {
  try {
    using _connection = await Deno.connect({ hostname: DEFAULT_HOST, port: DEFAULT_PORT });
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
  }
  const server = await startPrivateRedis();
  if (server !== undefined) return server;
  throw new CommandError(
    `Nothing listens on ${DEFAULT_HOST}:${DEFAULT_PORT}, and neither redis-server nor valkey-server is installed: ` +
      "install one of them (apt-get install redis-server; brew install redis), or give an address with --url",
  );
}
