// What the default of `onError` prints.
import assert from "node:assert/strict";
import { SafeRedisQueue } from "../../mod.ts";
import { withConsoleError } from "../helpers/console_error.ts";
import { ended, startShell } from "../helpers/cli.ts";
import { denoRun } from "../helpers/deno_run.ts";
import { startRedis } from "../helpers/redis.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { until } from "../helpers/until.ts";

const outages: Record<
  string,
  { begin(server: RedisProcess): unknown; end(s: RedisProcess): unknown }
> = {
  "that has ended": { begin: (server) => server.kill(), end: (server) => server.startAgain() },
  "that is frozen": { begin: (server) => server.suspend(), end: (server) => server.resume() },
};

for (const [what, { begin, end }] of Object.entries(outages)) {
  Deno.test(`of a Redis ${what} the beginning and the end are printed, each time`, async () => {
    await using server = await RedisProcess.start();
    const lines: string[] = [];
    await withConsoleError((line) => lines.push(String(line)), async () => {
      // Ten passes of the cleaner a second, each of which fails.
      const options = { hostname: "127.0.0.1", port: server.port, lease: 1, commandTimeout: 1 };
      await using queue = new SafeRedisQueue(options);
      const stop = new AbortController();
      const consumed = queue.consume(() => {}, { signal: stop.signal });
      for (const times of [1, 2]) {
        await queue.put("item");
        await until("it is done", async () => (await queue.stats()).totals.acked === times);
        await begin(server);
        await until("it is told", () => lines.length === 2 * times - 1);
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        await end(server);
        await until("the end is told", () => lines.length === 2 * times);
      }
      stop.abort();
      await consumed;
    });
    const address = `127.0.0.1:${server.port}`;
    const beginning = RegExp(
      `^Cannot .*: Redis at ${address} (cannot be reached|did not answer) .*$`,
    );
    assert.equal(lines.length, 4, lines.join("\n"));
    for (const i of [0, 2]) assert.match(lines[i]!, beginning);
    for (const i of [1, 3]) assert.equal(lines[i], `Redis at ${address} answers again`);
  });
}

Deno.test({
  name: "a report that can't be written stops nothing",
  ignore: Deno.build.os !== "linux", // only Linux has a file that is always full
  async fn() {
    await using redis = await startRedis();
    await using queue = redis.queue();
    const program = [Deno.execPath(), ...denoRun("-A", "tests/programs/fails.ts", redis.url)];
    for (const stderr of ["2>/dev/full", "2>&-"]) {
      await queue.putMany(["bad", "good"]);
      const { code, stdout } = await ended(startShell(`"$@" ${stderr}`, ...program));
      assert.deepEqual([code, stdout], [0, "1 acked, 1 dead\n"]);
    }
  },
});
