import { SafeRedisQueue, type SafeRedisQueueOptions } from "../../mod.ts";
import { type PrivateRedis, startPrivateRedis } from "../../src/cli/private_redis.ts";
import { plainClient } from "./plain_client.ts";
import type {
  RedisArgument,
  RedisConnection,
  RedisReply,
} from "../../src/connection/redis_connection.ts";

/** Starts a Redis for one test: it takes some milliseconds, and nothing of one test reaches another. */
export async function startRedis(settings: string[] = []): Promise<TestRedis> {
  // A replica keeps what it got of its master in a file, which every Redis reads that starts in the same folder.
  const dir = await Deno.makeTempDir();
  const server = await startPrivateRedis(["--dir", dir, ...settings]);
  if (server === undefined) throw new Error("The tests need redis-server or valkey-server");
  const redis = new TestRedis({
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  });
  // A lazy client fails when its first commands are concurrent.
  await redis.command("PING");
  return redis;
}

/** A private Redis, with a plain connection for raw commands. */
export class TestRedis implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly #server: PrivateRedis;
  readonly #raw: RedisConnection;

  constructor(server: PrivateRedis) {
    this.port = server.port;
    this.url = server.url;
    this.#server = server;
    this.#raw = plainClient(server.port);
  }

  /** A queue on this server. An error that no call throws ends the test. */
  queue<T = string>(options?: SafeRedisQueueOptions<T>): SafeRedisQueue<T> {
    const onError = (error: unknown) =>
      queueMicrotask(() => {
        throw error;
      });
    const all = { hostname: "127.0.0.1", port: this.port, onError, ...options };
    return new SafeRedisQueue<T>(all as SafeRedisQueueOptions<T>);
  }

  /** Sends one command; strings of the reply as text. */
  command(name: string, ...args: RedisArgument[]): Promise<RedisReply> {
    return this.#raw.sendCommand(name, args);
  }

  /** Sends one command; strings of the reply as bytes. */
  commandForBytes(name: string, ...args: RedisArgument[]): Promise<RedisReply> {
    return this.#raw.sendCommand(name, args, { returnUint8Arrays: true });
  }

  /** All keys, but those that stay when all items are done: totals, and what is noted of an instance while it is there. */
  async keys(): Promise<string[]> {
    const keys = await this.command("KEYS", "*") as string[];
    return keys.filter((key) => !/:(stats|claims|consumers|consumer_notes)$/.test(key)).sort();
  }

  /** The server's clock, in microseconds since the epoch. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await this.command("TIME") as [string, string];
    return Number(seconds) * 1e6 + Number(microseconds);
  }

  /** How often each command was called since {@linkcode resetCalls}, those of scripts included. */
  async calls(): Promise<Record<string, number>> {
    const stats = String(await this.command("INFO", "commandstats"));
    const lines = stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm);
    return Object.fromEntries([...lines].map(([, name, calls]) => [name, Number(calls)]));
  }

  async resetCalls(): Promise<void> {
    await this.command("CONFIG", "RESETSTAT");
  }

  /** The connections that Redis has, as `CLIENT LIST` tells, without that for raw commands. */
  async clients(): Promise<Record<string, string>[]> {
    const own = String(await this.command("CLIENT", "ID"));
    const lines = String(await this.command("CLIENT", "LIST")).trim().split("\n");
    return lines
      .map((line) => Object.fromEntries(line.split(" ").map((field) => field.split("="))))
      .filter((client) => client["id"] !== own);
  }

  /** How many connections wait for an item in a blocking pop. */
  async blockedClients(): Promise<number> {
    const clients = await this.clients();
    return clients.filter(({ cmd, flags }) => cmd === "blmove" && flags?.includes("b")).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#raw.close();
    await this.#server[Symbol.asyncDispose]();
  }
}
