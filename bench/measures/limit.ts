import { payloadOf } from "../ledger.ts";
import type { Measure } from "../measure.ts";
import type { Reading } from "../reading.ts";
import type { Server } from "../server.ts";

/**
 * The least that each call of a queue must do for one item. redis-benchmark makes the uids, as random numbers: so some
 * puts meet an item of the same uid, and some acks find no item.
 */
const CALLS = [
  {
    call: "put, un-awaited",
    script: "redis.call('LPUSH', KEYS[1], ARGV[1]) redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])",
    args: ["__rand_int__", payloadOf(0)],
  },
  {
    call: "get",
    script: "local uid = redis.call('RPOP', KEYS[1]) redis.call('ZADD', KEYS[3], ARGV[1], uid) " +
      "return {uid, redis.call('HGET', KEYS[2], uid)}",
    args: ["1700000000000000"],
  },
  {
    call: "ack",
    script: "redis.call('ZREM', KEYS[3], ARGV[1]) redis.call('HDEL', KEYS[2], ARGV[1])",
    args: ["__rand_int__"],
  },
];
const KEYS = ["limit:queue", "limit:items", "limit:ackbuf_aging"];

export const limit: Measure = {
  summary: "redis-benchmark, if it is installed: one EVALSHA per item, 100 in a pipeline",
  queues: ["saferedisqueue"],
  async run({ address: { port }, server, quick }) {
    const items = quick ? 50_000 : 200_000;
    const readings: Reading[] = [];
    for (const { call, script, args } of CALLS) {
      const value = await evaluate(server, port, items, script, args);
      if (value === undefined) break;
      readings.push({ figure: call, of: "redis-benchmark, one EVALSHA", value, unit: "items/s" });
    }
    return readings;
  },
};

/** Calls per second; `undefined` if redis-benchmark is not installed. */
async function evaluate(
  server: Server,
  port: number,
  items: number,
  script: string,
  args: string[],
): Promise<number | undefined> {
  const hash = String(await server.command("SCRIPT", "LOAD", script));
  const command = new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", String(port), "-n", String(items), "-r", String(items), "-P", "100", "--csv"],
      ...["EVALSHA", hash, String(KEYS.length), ...KEYS, ...args],
    ],
  });
  try {
    const { stdout } = await command.output();
    const result = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
    const [, rate] = /,"([\d.]+)"/.exec(result) ?? [];
    if (rate === undefined) throw new Error(`redis-benchmark printed ${result}`);
    return Number(rate);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
