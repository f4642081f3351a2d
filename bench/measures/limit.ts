import { payloadOf } from "../ledger.ts";
import type { Measure } from "../measure.ts";

/** The least that a put must do. redis-benchmark makes the uids, as random numbers: so some are put twice. */
const SCRIPT =
  "redis.call('LPUSH', KEYS[1], ARGV[1]) redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])";
const KEYS = ["limit:queue", "limit:items"];

export const limit: Measure = {
  summary: "redis-benchmark, if it is installed: one EVALSHA per put, 100 in a pipeline",
  queues: ["saferedisqueue"],
  async run({ address: { port }, server, quick }) {
    const items = quick ? 50_000 : 200_000;
    const hash = String(await server.command("SCRIPT", "LOAD", SCRIPT));
    const command = new Deno.Command("redis-benchmark", {
      args: [
        ...["-p", String(port), "-n", String(items), "-r", String(items), "-P", "100", "--csv"],
        ...["EVALSHA", hash, String(KEYS.length), ...KEYS, "__rand_int__", payloadOf(0)],
      ],
    });
    try {
      const { stdout } = await command.output();
      const result = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
      const [, rate] = /,"([\d.]+)"/.exec(result) ?? [];
      if (rate === undefined) throw new Error(`redis-benchmark printed ${result}`);
      const of = "redis-benchmark, one EVALSHA";
      return [{ figure: "put, 1,000 at once", of, value: Number(rate), unit: "items/s" }];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  },
};
